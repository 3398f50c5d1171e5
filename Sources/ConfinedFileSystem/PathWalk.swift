import Glibc

/// Follows a path's symbolic links one component at a time and says where it leads, from the root, without any link.
///
/// It never decides what may be reached: its result goes to the kernel again, which confines it. It exists because the
/// kernel, following links by itself, would follow one that leads into `.berth`, and because SFTP's REALPATH wants the
/// path and not the file.
struct PathWalk: ~Copyable {
    enum Rule {
        /// As the kernel resolves: what stands before a slash must be a directory.
        case kernel
        /// The same, but a symbolic link at the end stays.
        case kernelKeepingLastLink
        /// The same as `kernel`, where a file would be made: EISDIR if a link gives that file a slash at its end.
        case kernelMakingLast
        /// As OpenSSH's sftp-server answers REALPATH: `file/.` and `file/..` are fine, since only names are looked up.
        case realpath

        /// Links followed before the answer is ELOOP: Linux's limit, and OpenSSH's.
        var linksMax: Int { self == .realpath ? 33 : 40 }
    }

    private let root: CInt
    private let rule: Rule
    /// What was walked: absolute, without a slash at the end unless it is "/".
    private var resolved = CanonicalPath()
    /// The directory (or, for `realpath`, file) that `resolved` names; nil for the root.
    private var place: Descriptor?
    /// What is left to walk, from `position` on.
    private var left: [UInt8]
    private var position = 0
    private var links = 0

    /// Where `path` leads: an absolute path beneath `root`. Only its last component may be missing.
    static func resolve(
        _ path: UnsafePointer<CChar>, beneath root: CInt, rule: Rule
    ) throws(Errno) -> [UInt8] {
        let bytes = unsafe UnsafeRawBufferPointer(start: path, count: strlen(path))
        var walk = PathWalk(root: root, rule: rule, left: unsafe [UInt8](bytes))
        while try walk.step() {}
        return walk.resolved.bytes
    }

    private init(root: CInt, rule: Rule, left: [UInt8]) {
        self.root = root
        self.rule = rule
        self.left = left
        place = nil
    }

    /// Walks one component; false at the end.
    private mutating func step() throws(Errno) -> Bool {
        guard position < left.count else { return false }
        let rest = left[position...]
        let end = rest.firstIndex(of: CanonicalPath.slash) ?? rest.endIndex
        let name = [UInt8](rest[..<end])
        let isLast = end == left.count
        position = isLast ? end : end + 1
        if name.isEmpty || name == CanonicalPath.currentDirectory { return true }
        if name == CanonicalPath.parentDirectory {
            try leave()
            return true
        }
        if rule == .kernelMakingLast, !isLast, left[position...].allSatisfy({ $0 == CanonicalPath.slash }) {
            throw .isDirectory
        }
        return try enter(name, isLast: isLast)
    }

    /// Goes up, which at the root leads nowhere.
    private mutating func leave() throws(Errno) {
        resolved.removeLast()
        place = nil
        guard !resolved.isRoot else { return }
        let root = root
        place = try withPath(resolved.bytes.span.bytes) { (bytes) throws(Errno) -> Descriptor in
            try unsafe openPlace(beneath: root, bytes.pointer, flags: O_NOFOLLOW)
        }
    }

    private mutating func enter(_ name: [UInt8], isLast: Bool) throws(Errno) -> Bool {
        let directory = place?.rawValue ?? root
        let child: Descriptor
        do {
            child = try withPath(name.span.bytes) { (bytes) throws(Errno) -> Descriptor in
                try unsafe openPlace(beneath: directory, bytes.pointer, flags: O_NOFOLLOW)
            }
        } catch {
            guard error == .noSuchFile, isLast, !isReserved(name.span.bytes) else { throw error }
            try resolved.append(name)
            return false
        }
        let kind = try status(ofDescriptor: child.rawValue).kind
        if kind == .symbolicLink, !(isLast && rule == .kernelKeepingLastLink) {
            try follow(child, isLast: isLast)
            return true
        }
        if kind != .directory, !isLast, rule != .realpath { throw .notDirectory }
        try resolved.append(name)
        place = consume child
        return true
    }

    private mutating func follow(_ link: borrowing Descriptor, isLast: Bool) throws(Errno) {
        links += 1
        guard links <= rule.linksMax else { throw .tooManyLinks }
        var target = try linkTarget(of: "", in: link.rawValue)
        if target.first == CanonicalPath.slash {
            resolved = CanonicalPath()
            place = nil
        }
        if !isLast {
            if target.last != CanonicalPath.slash { target.append(CanonicalPath.slash) }
            target += left[position...]
        }
        guard target.count < PathLimit.bytes else { throw .nameTooLong }
        left = target
        position = 0
    }
}
