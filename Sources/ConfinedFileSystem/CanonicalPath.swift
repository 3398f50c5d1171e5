/// An absolute path without `.`, `..`, empty components and, by its maker's word, symbolic links.
struct CanonicalPath {
    static let slash = UInt8(ascii: "/")
    static let currentDirectory: [UInt8] = [UInt8(ascii: ".")]
    static let parentDirectory: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: ".")]

    /// The path; "/" for the root.
    private(set) var bytes: [UInt8] = [slash]

    var isRoot: Bool { bytes.count == 1 }

    mutating func append(_ name: some Collection<UInt8>) throws(Errno) {
        if !isRoot { bytes.append(Self.slash) }
        bytes.append(contentsOf: name)
        guard bytes.count < PathLimit.bytes else { throw .nameTooLong }
    }

    /// Drops the last component; nothing at the root.
    mutating func removeLast() {
        guard let last = bytes.lastIndex(of: Self.slash) else { return }
        bytes.removeSubrange(max(last, 1)...)
    }

    /// Makes it of any path by its text alone: right only where the path is known to meet no symbolic link.
    static func textually(_ path: RawSpan) throws(Errno) -> CanonicalPath {
        var canonical = CanonicalPath()
        for component in [UInt8](copying: path).split(separator: slash) {
            if component.elementsEqual(currentDirectory) { continue }
            if component.elementsEqual(parentDirectory) {
                canonical.removeLast()
            } else {
                try canonical.append(component)
            }
        }
        return canonical
    }
}

extension [UInt8] {
    init(copying span: RawSpan) {
        self = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
    }
}
