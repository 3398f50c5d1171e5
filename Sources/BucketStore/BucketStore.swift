import ConfinedFileSystem

/// The buckets on disk: `<directory>/<bucketName>/<homeDirectory>/…`. An object's key is its path below its bucket.
///
/// Whatever is made here is on the disk, with the directories that name it, when the call returns.
public final class BucketStore: Sendable {
    private let ownership: DirectoryOwnership
    private let buckets: ConfinedDirectory

    /// The store in `directory`, which exists.
    ///
    /// - Parameters:
    ///   - umask: permission bits that directories don't get.
    ///   - group: the group that directories get, and through them (setgid) all that is made in them; nil for the
    ///     process's own.
    public init(directory: String, umask: UInt32, group: UInt32? = nil) throws(BucketStoreError) {
        ownership = DirectoryOwnership(mode: 0o777 & ~umask, group: group)
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
    /// Symbolic links on the way are not followed: a partner who may write above a home could else lead it elsewhere.
    public func openHome(bucket: String, homeDirectory: String) throws(BucketStoreError) -> OpenHome {
        let path = bucket + homeDirectory
        if let home = try open(path) { return home }
        _ = try make(path)
        guard let home = try open(path) else {
            throw BucketStoreError(operation: "open", path: path, reason: .noSuchFile)
        }
        return home
    }

    /// Nil when there is no such directory.
    private func open(_ path: String) throws(BucketStoreError) -> OpenHome? {
        do {
            let directory = try regainingAccess(to: path) { () throws(Errno) in
                try buckets.directory(at: path.utf8.span.bytes, followLinks: false)
            }
            // A mode without the owner's rights keeps a service that is root from nothing here, but its sessions, which
            // have no capabilities, would not get in.
            let mode = try? directory.status(of: "/".utf8.span.bytes, followLinks: false).mode
            if (mode ?? 0) & 0o700 != 0o700 { try? buckets.restoreOwnerAccess(path.utf8.span.bytes) }
            return OpenHome(directory: directory)
        } catch {
            guard error == .noSuchFile else { throw BucketStoreError(operation: "open", path: path, reason: error) }
            return nil
        }
    }

    private func make(_ path: String) throws(BucketStoreError) -> [[UInt8]] {
        do {
            return try regainingAccess(to: path) { () throws(Errno) in
                try buckets.makeDirectories(path.utf8.span.bytes, ownership: ownership, durably: true)
            }
        } catch {
            throw BucketStoreError(operation: "make", path: path, reason: error)
        }
    }

    /// Tries again, once, after a mode that a partner set on the way was undone.
    private func regainingAccess<Result: ~Copyable>(
        to path: String, _ body: () throws(Errno) -> Result
    ) throws(Errno) -> Result {
        do {
            return try body()
        } catch {
            guard error == .accessDenied else { throw error }
        }
        do {
            try buckets.restoreOwnerAccess(path.utf8.span.bytes)
        } catch {
            // A home that is to be made is not there yet; those above it were walked through.
            guard error == .noSuchFile else { throw error }
        }
        return try body()
    }
}

/// The directories that came to be with a home.
public struct HomeCreation: Sendable, Equatable {
    let made: [[UInt8]]

    /// Whether anything had to be made.
    public var isEmpty: Bool { made.isEmpty }
}

/// A home that is open, to be handed to a session.
public struct OpenHome: ~Copyable {
    let directory: ConfinedDirectory

    /// The directory's descriptor; valid as long as this value lives.
    public var descriptor: CInt { directory.rawDescriptor }
}
