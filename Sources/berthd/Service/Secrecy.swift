import CLinux
import Foundation
import Glibc
import SessionControl

/// What keeps this process's memory and files to itself.
enum Secrecy {
    /// Leaves no core dump, and lets no other process of the same user look at or stop this one (PR_SET_DUMPABLE).
    static func closeMemory() throws(StartFailure) {
        guard clinux_limit(CLINUX_CORE, 0) == 0, clinux_not_dumpable() == 0 else {
            throw StartFailure(description: "can't keep core dumps off: \(String(cString: strerror(errno)))")
        }
    }

    /// Refuses to go on when others could read or change the registry, the host keys, or what decides about them, or put
    /// something else in the place of all of it.
    ///
    /// - Parameters:
    ///   - controlSocket: the socket of a listener that somebody else starts.
    ///   - auditFile: the audit log, if one is kept.
    ///   - tls: the API's certificate and key, whose files are looked at when they are read, and the way to them once more then.
    static func checkPlaces(
        data: String, hostKeys: String, registry: String, buckets: String, controlSocket: String?, auditFile: String?,
        tls: Settings.TLSFiles?
    ) throws(StartFailure) {
        var places = [PrivatePlace(.directory, data), PrivatePlace(.directory, hostKeys)] + files(of: registry)
        for path in [controlSocket, auditFile].compactMap(\.self) {
            let directory = (path as NSString).deletingLastPathComponent
            if !places.contains(where: { $0.path == directory }) { places.append(PrivatePlace(.directory, directory)) }
        }
        if let fault = PrivatePlace.fault(of: places) { throw StartFailure(description: fault) }
        // Host keys and buckets may be links to elsewhere.
        for path in [data, hostKeys, buckets, controlSocket, tls?.certificate, tls?.key].compactMap(\.self) {
            let fault = WayToPlace(to: path).fault(isPrivateGroup: PrivateGroup.isPrivate)
            if let fault { throw StartFailure(description: fault) }
        }
    }

    /// The groups of root and of the service's user that nobody else is in, by the owner: of the owners that a place and the
    /// way to it may have all groups that may change it, too. To be asked at the start alone, as ``PrivateGroup``.
    static var privateGroups: [uid_t: Set<gid_t>] {
        Dictionary(uniqueKeysWithValues: Set([0, geteuid()]).map { ($0, PrivateGroup.all(of: $0)) })
    }

    /// The same for a command on the registry: root may work on one that is the service's.
    static func checkRegistry(_ registry: String) throws(StartFailure) {
        var owners: Set = [geteuid()]
        var status = stat()
        if geteuid() == 0, stat((registry as NSString).deletingLastPathComponent, &status) == 0 {
            owners = [status.st_uid]
        }
        if let fault = PrivatePlace.fault(of: files(of: registry), owners: owners) {
            throw StartFailure(description: fault)
        }
    }

    private static func files(of registry: String) -> [PrivatePlace] {
        ["", "-wal", "-shm", "-journal"].map { PrivatePlace(.databaseFile, registry + $0) }
    }
}
