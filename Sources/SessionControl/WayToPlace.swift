import Glibc

/// The directories through which a place is reached. Whoever can change one of them can put something else where the next
/// one is, and so in the place: nobody but root and the service's user may.
///
/// What OpenSSH asks of the way to a ChrootDirectory (sshd_config(5)), with two differences: a directory with the sticky bit
/// is fine, since in it nobody can move away what is another's; and the way is walked link by link, so that directories
/// which only hold a link count as well.
public struct WayToPlace: Sendable {
    /// Links that are followed, as many as the kernel follows (path_resolution(7)).
    private static let linksMax = 40

    /// Where the place is: an absolute path.
    public let path: String

    /// The way to `path`.
    public init(to path: String) {
        self.path = path
    }

    /// What is wrong on the way and how to mend it, in words for the operator; nil when all is well as far as there is
    /// anything. The place itself is not looked at.
    ///
    /// - Parameters:
    ///   - owners: who may own what is on the way, beside root.
    ///   - isPrivateGroup: whether a group has no member but this user, so that a directory may be writable for it.
    public func fault(
        owners: Set<uid_t> = [geteuid()], isPrivateGroup: (gid_t, uid_t) -> Bool = { _, _ in false }
    ) -> String? {
        var directory = "/"
        if let fault = fault(of: directory, owners, isPrivateGroup) { return fault }
        // The next component last.
        var left = Self.components(of: path)
        var links = 0
        while let name = left.popLast() {
            guard name != ".." else {
                // No link is in it: what is above it is what its name says, and was passed.
                directory = Self.above(directory)
                continue
            }
            let entry = (directory == "/" ? "" : directory) + "/" + name
            var status = stat()
            guard lstat(entry, &status) == 0 else { return errno == ENOENT ? nil : unreadable(entry) }
            if status.st_mode & S_IFMT == S_IFLNK {
                links += 1
                guard links <= Self.linksMax, let target = Self.target(of: entry) else { return unreadable(entry) }
                // Who owns a link says where it leads.
                guard isTrusted(status.st_uid, owners) else {
                    return fault(ofOwner: status.st_uid, owners, of: "the symbolic link \(entry)", entry, "chown -h")
                }
                left += Self.components(of: target)
                if target.hasPrefix("/") { directory = "/" }
                continue
            }
            // The place itself.
            guard !left.isEmpty else { return nil }
            guard status.st_mode & S_IFMT == S_IFDIR else { return "\(entry), on the way to \(path), is no directory" }
            if let fault = fault(of: entry, owners, isPrivateGroup) { return fault }
            directory = entry
        }
        return nil
    }

    private func fault(
        of directory: String, _ owners: Set<uid_t>, _ isPrivateGroup: (gid_t, uid_t) -> Bool
    ) -> String? {
        var status = stat()
        guard lstat(directory, &status) == 0 else { return unreadable(directory) }
        guard isTrusted(status.st_uid, owners) else {
            return fault(ofOwner: status.st_uid, owners, of: directory, directory, "chown")
        }
        let mode = status.st_mode & 0o7777
        guard mode & 0o022 != 0, mode & S_ISVTX == 0 else { return nil }
        if mode & 0o002 == 0, isPrivateGroup(status.st_gid, status.st_uid) { return nil }
        let allowed = PrivatePlace.octal(mode & ~0o022)
        return "\(directory) has mode \(PrivatePlace.octal(mode)): others could put something else in the place of "
            + "\(path) below it. Allowed is \(allowed), or the sticky bit as /tmp has it: chmod \(allowed) \(directory)"
    }

    private func isTrusted(_ owner: uid_t, _ owners: Set<uid_t>) -> Bool { owner == 0 || owners.contains(owner) }

    private func fault(
        ofOwner owner: uid_t, _ owners: Set<uid_t>, of what: String, _ entry: String, _ command: String
    ) -> String {
        let wanted = owners.sorted().first ?? 0
        let names = wanted == 0 ? "root" : "user id \(wanted) or root"
        return "\(what) belongs to user id \(owner), who could put something else in the place of \(path) behind it. "
            + "Allowed is \(names): \(command) \(wanted) \(entry)"
    }

    private func unreadable(_ entry: String) -> String {
        "can't look at \(entry), on the way to \(path): \(String(cString: strerror(errno)))"
    }

    private static func components(of path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0 != "." }.reversed()
    }

    private static func above(_ directory: String) -> String {
        let parent = components(of: directory).dropFirst().reversed()
        return parent.isEmpty ? "/" : parent.reduce(into: "") { $0 += "/" + $1 }
    }

    /// Nil when it can't be read.
    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink(link, $0, text.count) } ?? -1
            }
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
