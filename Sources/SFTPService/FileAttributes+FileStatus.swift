import ConfinedFileSystem
import SFTPProtocol

extension FileAttributes {
    /// What a client sees of a file: the host's owner and group are replaced by fixed ones.
    init(_ status: FileStatus, options: SFTPOptions) {
        self.init()
        size = status.sizeBytes
        owner = Owner(user: options.shownOwner.number, group: options.shownGroup.number)
        permissions = status.mode
        times = Times(
            access: UInt32(clamping: status.accessSeconds), modification: UInt32(clamping: status.modificationSeconds))
    }

    /// What a client asks to change, except the owner.
    var changes: AttributeChanges {
        var changes = AttributeChanges()
        changes.sizeBytes = size
        changes.mode = permissions
        changes.times = times.map { (Int64($0.access), Int64($0.modification)) }
        return changes
    }
}
