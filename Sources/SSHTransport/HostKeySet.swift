import CLibSSH

/// The host keys that a server has in memory, for one ``SSHServer`` or several.
public final class HostKeySet {
    /// A host key as it is told to people.
    public struct Description: Equatable, Sendable {
        /// The type's name, such as `ssh-ed25519`.
        public let typeName: String
        /// `SHA256:…`
        public let fingerprint: String
    }

    /// The keys it has, at least one.
    public let keys: [Description]

    /// The names of the directory's files that look like host keys but are of kinds that nothing here supports.
    public let filesPassedOver: [String]

    private let handles: [OpaquePointer]

    /// The keys of `directory`. When that holds none, it is filled first.
    public init(directory: HostKeyDirectory) throws(SSHError) {
        filesPassedOver = directory.filesPassedOver()
        if try directory.isEmpty() { try directory.generate() }
        var keys: [Description] = []
        var handles: [OpaquePointer] = []
        do {
            for kind in HostKey.Kind.allCases {
                guard let key = try directory.load(kind) else { continue }
                handles.append(try Self.copy(key.key))
                keys.append(Description(typeName: key.typeName, fingerprint: key.fingerprint))
            }
        } catch {
            for handle in handles { ssh_key_free(handle) }
            throw error
        }
        self.keys = keys
        self.handles = handles
    }

    deinit {
        for handle in handles { ssh_key_free(handle) }
    }

    /// Gives `bind` a copy of each key.
    func add(to bind: OpaquePointer) throws(SSHError) {
        for handle in handles {
            // libssh keeps the key it is given.
            let copy = try Self.copy(handle)
            let code = ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(copy))
            guard code == SSH_OK else {
                ssh_key_free(copy)
                throw SSHError(operation: "SSH_BIND_OPTIONS_IMPORT_KEY", code: code, source: bind)
            }
        }
    }

    private static func copy(_ key: OpaquePointer) throws(SSHError) -> OpaquePointer {
        guard let copy = ssh_key_dup(key) else { throw SSHError(operation: "ssh_key_dup", code: 0, text: "no memory") }
        return copy
    }
}
