import CLibSSH
import Glibc

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
        /// Seconds after which new keys are agreed when there is traffic, or 0 for never; at most 4,294,967.
        public var rekeySeconds: UInt32 = 0
        /// Text that clients show before they log in (RFC 4252 section 5.4); empty for none.
        public var banner = ""

        /// The defaults.
        public init() {}
    }

    /// Clients sniff the identification. WinSCP takes SYMLINK's arguments to be in OpenSSH's order (which is not the
    /// draft's) only when the string begins with `OpenSSH`; asyncssh when it holds `OpenSSH`; libssh when it holds
    /// `OpenSSH_` with a one-digit major and a minor number, which must be 7.8 or above so that it uses RSA with SHA-2.
    public static let defaultIdentification = "OpenSSH_9.9p2 Berth"

    /// What the server was made with.
    public let options: Options
    /// The keys it has.
    public let hostKeys: HostKeySet
    /// What it was made to offer, as far as it has keys for it.
    let algorithms: AlgorithmPolicy
    /// The same of ``AlgorithmPolicy/modern`` and ``AlgorithmPolicy/legacy``.
    let modernAlgorithms: AlgorithmPolicy
    let legacyAlgorithms: AlgorithmPolicy
    /// Whether nothing is offered that ``AlgorithmPolicy/modern`` does not have.
    let isModern: Bool

    /// The banner's bytes with CR LF behind each line (RFC 4252 section 5.4).
    let banner: [UInt8]

    let bind: OpaquePointer

    /// What ``prepare(descriptor:)`` has made.
    private var prepared: (session: LibSSHSession, descriptor: CInt)?

    /// The version of libssh at run time.
    public static var libraryVersion: String { ssh_version(0).map { String(cString: $0) } ?? "unknown" }

    /// A server with these keys.
    public init(options: Options, hostKeys: HostKeySet) throws(SSHError) {
        guard Self.isValid(identification: options.identification) else {
            throw SSHError(
                operation: "identification", code: 0,
                text: "must be 1 to 200 printable ASCII characters, of which the first is no space or hyphen")
        }
        guard let bind = ssh_bind_new() else { throw SSHError(operation: "ssh_bind_new", code: 0, text: "no memory") }
        self.options = options
        self.bind = bind
        self.hostKeys = hostKeys
        banner = Self.lines(of: options.banner)
        let types = hostKeys.keys.map(\.typeName)
        let known = Self.knownKeyExchanges(bind)
        func possible(_ policy: AlgorithmPolicy) -> AlgorithmPolicy {
            var possible = policy.limited(toKeysOf: types)
            possible.keyExchanges.removeAll { !known.contains($0) }
            return possible
        }
        algorithms = possible(options.algorithms)
        modernAlgorithms = possible(.modern)
        legacyAlgorithms = possible(.legacy)
        isModern = AlgorithmKind.allCases.allSatisfy { kind in
            options.algorithms.names(of: kind).allSatisfy(AlgorithmPolicy.modern.names(of: kind).contains)
        }
        try hostKeys.add(to: bind)
        try configure()
    }

    deinit {
        if let descriptor = prepared?.descriptor { Self.keeping(descriptor) { prepared = nil } }
        ssh_bind_free(bind)
    }

    /// Makes what a connection over a descriptor of this number begins with, so that no process that is forked later does:
    /// each of them may serve one connection with it. Here the descriptor may be open as anything.
    public func prepare(descriptor: CInt) throws(SSHError) {
        try Self.keeping(descriptor) { () throws(SSHError) in
            prepared = (try LibSSHSession(server: self, descriptor: descriptor), descriptor)
        }
    }

    /// A session of libssh's closes its descriptor when it is freed. Here that is somebody else's, and is put back.
    private static func keeping<Failure: Error>(_ descriptor: CInt, _ body: () throws(Failure) -> Void) throws(Failure)
    {
        let flags = fcntl(descriptor, F_GETFD)
        let kept = flags < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        defer {
            if kept >= 0 {
                if fcntl(descriptor, F_GETFD) < 0, dup2(kept, descriptor) >= 0 { _ = fcntl(descriptor, F_SETFD, flags) }
                close(kept)
            }
        }
        try body()
    }

    /// A session of libssh's over a connected socket, which it owns from here on.
    func makeSession(descriptor: CInt) throws(SSHError) -> LibSSHSession {
        guard let prepared, prepared.descriptor == descriptor else {
            return try LibSSHSession(server: self, descriptor: descriptor)
        }
        self.prepared = nil
        return prepared.session
    }

    private static func lines(of text: String) -> [UInt8] {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.flatMap { line in
            Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line) + Array("\r\n".utf8)
        }
    }

    /// The key exchange methods that libssh has: it leaves out what it doesn't know, and fails when nothing is left.
    private static func knownKeyExchanges(_ bind: OpaquePointer) -> [String] {
        AlgorithmPolicy.legacy.keyExchanges.filter { name in
            name.withCString { ssh_bind_options_set(bind, SSH_BIND_OPTIONS_KEY_EXCHANGE, $0) } == SSH_OK
        }
    }

    private func configure() throws(SSHError) {
        // Otherwise libssh reads /etc/ssh/libssh_server_config.
        var processesConfig = false
        let code = ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &processesConfig)
        guard code == SSH_OK else {
            throw SSHError(operation: "SSH_BIND_OPTIONS_PROCESS_CONFIG", code: code, source: bind)
        }
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
