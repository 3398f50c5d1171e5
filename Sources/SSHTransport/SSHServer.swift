import CLibSSH

/// What all connections of a server share: host keys, algorithms, identification. Made once, before the first fork.
public final class SSHServer {
    /// What a server needs to know.
    public struct Options: Sendable {
        /// The identification string behind `SSH-2.0-` (RFC 4253 section 4.2).
        public var identification = SSHServer.defaultIdentification
        /// The algorithms to offer.
        public var algorithms = AlgorithmPolicy.modern
        /// Payload bytes after which new keys are agreed, or 0 for what the cipher allows.
        public var rekeyBytes: UInt64 = 0
        /// Seconds after which new keys are agreed when there is traffic, or 0 for never.
        public var rekeySeconds: UInt32 = 0

        /// The defaults.
        public init() {}
    }

    /// A host key as it is told to people.
    public struct KeyDescription: Equatable, Sendable {
        /// The type's name, such as `ssh-ed25519`.
        public let typeName: String
        /// `SHA256:…`
        public let fingerprint: String
    }

    /// Clients sniff the identification. WinSCP takes SYMLINK's arguments to be in OpenSSH's order (which is not the
    /// draft's) only when the string begins with `OpenSSH`; asyncssh when it holds `OpenSSH`; libssh when it holds
    /// `OpenSSH_` with a one-digit major and a minor number, which must be 7.8 or above so that it uses RSA with SHA-2.
    public static let defaultIdentification = "OpenSSH_9.9p2 Berth"

    /// What the server was made with.
    public let options: Options
    /// The keys it has.
    public let keys: [KeyDescription]

    let bind: OpaquePointer

    /// The version of libssh at run time.
    public static var libraryVersion: String { ssh_version(0).map { String(cString: $0) } ?? "unknown" }

    /// A server with the keys of `directory`. When that holds none, it is filled first.
    public init(options: Options, hostKeys directory: HostKeyDirectory) throws(SSHError) {
        guard Self.isValid(identification: options.identification) else {
            throw SSHError(
                operation: "identification", code: 0,
                text: "must be 1 to 200 printable ASCII characters, of which the first is no space or hyphen")
        }
        guard let bind = ssh_bind_new() else { throw SSHError(operation: "ssh_bind_new", code: 0, text: "no memory") }
        self.options = options
        self.bind = bind
        if try directory.isEmpty() { try directory.generate() }
        var keys: [KeyDescription] = []
        for kind in HostKey.Kind.allCases {
            guard let key = try directory.load(kind) else { continue }
            // libssh keeps the key it is given.
            guard let copy = ssh_key_dup(key.key) else {
                throw SSHError(operation: "ssh_key_dup", code: 0, text: kind.rawValue)
            }
            let code = ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(copy))
            guard code == SSH_OK else {
                throw SSHError(operation: "SSH_BIND_OPTIONS_IMPORT_KEY", code: code, source: bind)
            }
            keys.append(KeyDescription(typeName: key.typeName, fingerprint: key.fingerprint))
        }
        self.keys = keys
        try configure()
    }

    deinit {
        ssh_bind_free(bind)
    }

    private func configure() throws(SSHError) {
        // Otherwise libssh reads /etc/ssh/libssh_server_config.
        var processesConfig = false
        let code = ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &processesConfig)
        guard code == SSH_OK else {
            throw SSHError(operation: "SSH_BIND_OPTIONS_PROCESS_CONFIG", code: code, source: bind)
        }
        let algorithms = options.algorithms
        try set(SSH_BIND_OPTIONS_BANNER, [options.identification])
        try set(SSH_BIND_OPTIONS_KEY_EXCHANGE, algorithms.keyExchanges)
        try set(SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, algorithms.hostKeys)
        try set(SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, algorithms.publicKeys)
        try set(SSH_BIND_OPTIONS_CIPHERS_C_S, algorithms.ciphers)
        try set(SSH_BIND_OPTIONS_CIPHERS_S_C, algorithms.ciphers)
        try set(SSH_BIND_OPTIONS_HMAC_C_S, algorithms.macs)
        try set(SSH_BIND_OPTIONS_HMAC_S_C, algorithms.macs)
    }

    private func set(_ option: ssh_bind_options_e, _ names: [String]) throws(SSHError) {
        let list = names.joined(separator: ",")
        let code = list.withCString { ssh_bind_options_set(bind, option, $0) }
        guard code == SSH_OK else {
            throw SSHError(operation: "ssh_bind_options_set \(list)", code: code, source: bind)
        }
    }

    private static func isValid(identification: String) -> Bool {
        let bytes = identification.utf8
        guard (1...200).contains(bytes.count), let first = bytes.first else { return false }
        guard first != UInt8(ascii: " "), first != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
