import ConfinedFileSystem

/// The buckets on disk: `<directory>/<bucketName>/<homeDirectory>/…`. An object's key is its path below its bucket.
///
/// Whatever is made here is on the disk, with the directories that name it, when the call returns.
public final class BucketStore: Sendable {
    /// How directories of the store are made: mode and, where the operator wants it, a group of their own.
    public let ownership: DirectoryOwnership

    private let buckets: ConfinedDirectory

    /// The store in `directory`, which exists.
    public init(directory: String, ownership: DirectoryOwnership) throws(BucketStoreError) {
        self.ownership = ownership
        do {
            buckets = try ConfinedDirectory(opening: directory)
        } catch {
            throw BucketStoreError(operation: "open", path: directory, reason: error)
        }
    }

    /// Makes a bucket, if it is not there.
    public func makeBucket(_ name: String) throws(BucketStoreError) {
        _ = try make(name)
    }

    /// Makes the directory of a home and those above it, as far as they are missing.
    ///
    /// - Parameter homeDirectory: the path below the bucket, beginning with `/`.
    /// - Returns: what was made, for ``undo(_:)``.
    public func makeHome(bucket: String, homeDirectory: String) throws(BucketStoreError) -> HomeCreation {
        HomeCreation(made: try make(bucket + homeDirectory))
    }

    /// Removes the directories that ``makeHome(bucket:homeDirectory:)`` made, as far as nothing is in them.
    public func undo(_ creation: HomeCreation) {
        buckets.removeEmptyDirectories(creation.made, durably: true)
    }

    /// Opens a home, after making it again where it is gone.
    ///
    /// - Returns: a confinement to the home.
    public func openHome(bucket: String, homeDirectory: String) throws(BucketStoreError) -> ConfinedDirectory {
        let path = bucket + homeDirectory
        do {
            return try buckets.directory(at: path.utf8.span.bytes, followLinks: false)
        } catch {
            guard error == .noSuchFile else { throw BucketStoreError(operation: "open", path: path, reason: error) }
        }
        _ = try make(path)
        do {
            return try buckets.directory(at: path.utf8.span.bytes, followLinks: false)
        } catch {
            throw BucketStoreError(operation: "open", path: path, reason: error)
        }
    }

    private func make(_ path: String) throws(BucketStoreError) -> [[UInt8]] {
        do {
            return try buckets.makeDirectories(path.utf8.span.bytes, ownership: ownership, durably: true)
        } catch {
            throw BucketStoreError(operation: "make", path: path, reason: error)
        }
    }
}

/// The directories that came to be with a home.
public struct HomeCreation: Sendable, Equatable {
    let made: [[UInt8]]

    /// Whether anything had to be made.
    public var isEmpty: Bool { made.isEmpty }
}
