import Glibc

/// Groups that are one user's own, as systems make them that let their users' files be writable for the group.
enum PrivateGroup {
    /// All private groups of `owner`. Called at the start alone, as ``isPrivate(_:owner:)``.
    static func all(of owner: uid_t) -> Set<gid_t> {
        var groups: Set<gid_t> = []
        setpwent()
        while let entry = getpwent()?.pointee {
            if entry.pw_uid == owner { groups.insert(entry.pw_gid) }
        }
        endpwent()
        return groups.filter { isPrivate($0, owner: owner) }
    }

    /// Whether nobody but `owner` is in the group: by passwd(5) exactly that user, by group(5) at most that user. (Debian's
    /// OpenSSH asks the same of files in a home.) Called at the start alone, before there are threads that ask, too.
    static func isPrivate(_ group: gid_t, owner: uid_t) -> Bool {
        var isOwners = false
        setpwent()
        defer { endpwent() }
        while let entry = getpwent()?.pointee {
            guard entry.pw_gid == group else { continue }
            guard entry.pw_uid == owner else { return false }
            isOwners = true
        }
        guard isOwners, let name = getpwuid(owner)?.pointee.pw_name.map({ String(cString: $0) }),
            var member = getgrgid(group)?.pointee.gr_mem
        else { return false }
        while let other = member.pointee {
            guard String(cString: other) == name else { return false }
            member += 1
        }
        return true
    }
}
