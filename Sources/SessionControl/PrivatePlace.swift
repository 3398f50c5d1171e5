import Glibc

/// A file or directory that holds secrets, or through which somebody could get at them: nobody but root and the service's
/// user may own it, and no one else may read or change it. Checked before anything in it is read.
public struct PrivatePlace: Sendable {
    /// What is there, and so what others may not have.
    public enum Kind: Sendable {
        /// Others may neither read nor write it.
        case file
        /// As ``file``, and it is no link either: SQLite would put its other files beside what that points to.
        case databaseFile
        /// Others may read it, and not change it.
        case publicFile
        /// Others may not change what is in it; the files in it look after themselves.
        case directory

        var forbidden: mode_t { self == .directory || self == .publicFile ? 0o022 : 0o077 }
        var type: mode_t { self == .directory ? S_IFDIR : S_IFREG }
        var name: String { self == .directory ? "directory" : "file" }
    }

    /// Where it is.
    public let path: String
    /// What is there.
    public let kind: Kind

    /// A place.
    public init(_ kind: Kind, _ path: String) {
        self.kind = kind
        self.path = path
    }

    /// What is wrong with the place and how to mend it, in words for the operator; nil when all is well, or nothing is there.
    ///
    /// - Parameters:
    ///   - owners: who may own it, beside root.
    ///   - readers: groups whose members may read it: those that nobody is in but whom it is for.
    public func fault(owners: Set<uid_t> = [geteuid()], readers: Set<gid_t> = []) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? nil : unreadable() }
        if status.st_mode & S_IFMT == S_IFLNK {
            if kind == .databaseFile {
                return "\(path) is a symbolic link; the file itself has to be there"
            }
            // Who owns a link says where it leads.
            if let fault = fault(ofOwner: status.st_uid, owners, of: "the symbolic link ", command: "chown -h") {
                return fault
            }
            guard stat(path, &status) == 0 else { return errno == ENOENT ? nil : unreadable() }
        }
        return fault(of: status, owners, readers)
    }

    /// The same for what was opened there, whatever has been put in its place meanwhile. What leads there is looked at by
    /// ``WayToPlace``.
    public func fault(
        ofOpen descriptor: CInt, owners: Set<uid_t> = [geteuid()], readers: Set<gid_t> = []
    ) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return unreadable() }
        return fault(of: status, owners, readers)
    }

    private func fault(of status: stat, _ owners: Set<uid_t>, _ readers: Set<gid_t>) -> String? {
        guard status.st_mode & S_IFMT == kind.type else { return "\(path) is no \(kind.name)" }
        if let fault = fault(ofOwner: status.st_uid, owners, of: "", command: "chown") { return fault }
        let mode = status.st_mode & 0o7777
        let forbidden = readers.contains(status.st_gid) ? kind.forbidden & ~0o040 : kind.forbidden
        guard mode & forbidden != 0 else { return nil }
        let allowed = mode & ~forbidden
        let reach =
            switch kind {
            case .directory: "change what is in it"
            case .publicFile: "change it"
            case .file, .databaseFile: "read or change it"
            }
        return "\(path) has mode \(Self.octal(mode)): others could \(reach). Allowed is \(Self.octal(allowed)): "
            + "chmod \(Self.octal(allowed)) \(path)"
    }

    /// What is wrong with any of the places; nil when all is well.
    public static func fault(of places: [PrivatePlace], owners: Set<uid_t> = [geteuid()]) -> String? {
        let faults = places.compactMap { $0.fault(owners: owners) }
        return faults.isEmpty ? nil : faults.joined(separator: "; ")
    }

    private func fault(ofOwner owner: uid_t, _ owners: Set<uid_t>, of what: String, command: String) -> String? {
        guard owner != 0, !owners.contains(owner) else { return nil }
        let wanted = owners.sorted().first ?? 0
        let names = wanted == 0 ? "root" : "user id \(wanted) or root"
        return "\(what)\(path) belongs to user id \(owner), who could change it. Allowed is \(names): "
            + "\(command) \(wanted) \(path)"
    }

    private func unreadable() -> String {
        "can't look at \(path): \(String(cString: strerror(errno)))"
    }

    static func octal(_ mode: mode_t) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
