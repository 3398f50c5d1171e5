import Glibc

/// Bounds of a path that Linux sets.
enum PathLimit {
    /// PATH_MAX: the longest path including its final NUL.
    static let bytes = 4096
}

/// The path component that is reserved at every level: it is the place for Berth's own files in a home.
private let reservedComponent: StaticString = ".berth"

/// Whether one component of a path is the reserved one.
func isReserved(_ component: RawSpan) -> Bool {
    guard component.byteCount == reservedComponent.utf8CodeUnitCount else { return false }
    for index in 0..<component.byteCount
    where unsafe component.unsafeLoad(fromByteOffset: index, as: UInt8.self) != reservedComponent.utf8Start[index] {
        return false
    }
    return true
}

private let slash = UInt8(ascii: "/")

/// Checks a path and hands it to `body` as the kernel takes it: with a NUL behind the last byte.
///
/// The bytes may be overwritten by `body`. Paths below 1 KiB live on the stack.
///
/// - Throws: EINVAL for a NUL, ENAMETOOLONG from 4,096 bytes on, ENOENT for the empty path (as the kernel) and where a
///   component is `.berth`.
func withPath<Result: ~Copyable>(
    _ path: RawSpan, _ body: (PathBytes) throws(Errno) -> Result
) throws(Errno) -> Result {
    let count = path.byteCount
    guard count < PathLimit.bytes else { throw .nameTooLong }
    try check(path)
    guard count > 0 else { throw .noSuchFile }
    let room = count + 1
    return try withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { (raw) throws(Errno) -> Result in
        guard let start = unsafe raw.bindMemory(to: CChar.self).baseAddress else { throw .invalidArgument }
        unsafe path.withUnsafeBytes { unsafe raw.copyMemory(from: $0) }
        unsafe start[room - 1] = 0
        return try unsafe body(PathBytes(start: start, count: room - 1))
    }
}

private func check(_ path: RawSpan) throws(Errno) {
    var start = 0
    let count = path.byteCount
    for index in 0...count {
        let byte = index == count ? slash : path.unsafeLoad(fromByteOffset: index, as: UInt8.self)
        if byte == 0 { throw .invalidArgument }
        guard byte == slash else { continue }
        if isReserved(path.extracting(start..<index)) { throw .noSuchFile }
        start = index + 1
    }
}

/// A path as the kernel takes it, in memory that may be overwritten: `count` bytes and a NUL.
struct PathBytes {
    let start: UnsafeMutablePointer<CChar>
    let count: Int

    /// The path as C calls want it.
    var pointer: UnsafePointer<CChar> { unsafe UnsafePointer(start) }
}

/// A path as operations on names need it: the directory, and the last component in it.
struct SplitPath {
    enum Last {
        /// An ordinary name.
        case name
        /// "." or "..", which the kernel refuses to make, remove or rename by itself.
        case dots
        /// There is none: the path is the root.
        case root
    }

    /// The directory's path; nil means the root.
    let parent: UnsafePointer<CChar>?
    let last: UnsafePointer<CChar>
    let kind: Last
    let hasTrailingSlash: Bool

    /// Splits a path that ``withPath(_:_:)`` prepared, writing NULs over slashes.
    init(_ path: PathBytes) {
        let bytes = unsafe path.start
        let separator = CChar(bitPattern: slash)
        var end = path.count
        while end > 0, unsafe bytes[end - 1] == separator { end -= 1 }
        unsafe bytes[end] = 0
        var start = end
        while start > 0, unsafe bytes[start - 1] != separator { start -= 1 }
        var parentEnd = start
        while parentEnd > 0, unsafe bytes[parentEnd - 1] == separator { parentEnd -= 1 }
        let dot = CChar(bitPattern: UInt8(ascii: "."))
        let isDotted = unsafe (1...2).contains(end - start) && bytes[start] == dot && bytes[end - 1] == dot
        hasTrailingSlash = end < path.count
        kind = end == 0 ? .root : isDotted ? .dots : .name
        unsafe last = UnsafePointer(bytes + start)
        if parentEnd > 0 {
            unsafe bytes[parentEnd] = 0
            unsafe parent = UnsafePointer(bytes)
        } else {
            unsafe parent = nil
        }
    }
}
