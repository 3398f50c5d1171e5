import ConfinedFileSystem
import SFTPProtocol

extension FileAttributes {
    /// What a client sees of a file: the host's owner and group are replaced by `owner`.
    init(_ status: FileStatus, owner: Owner) {
        self.init()
        size = status.sizeBytes
        self.owner = owner
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

extension SFTPOptions {
    /// The numbers of the owner and the group that clients see of every file.
    var shownNumbers: FileAttributes.Owner {
        FileAttributes.Owner(user: shownOwner.number, group: shownGroup.number)
    }
}
