import Glibc
import SSHTransport
import SSHWire

/// A small SSH server for tests of the transport: serves one port on 127.0.0.1 with a process per connection.
///
/// It prints `port N` once it listens, and for each connection what happens: `identified …`, `attempt …`, `end …`.
/// The user is `partner`, the password `secret-1`.
@main struct TransportTestServer {
    static func main() {
        guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
            say("usage: TransportTestServer --keys DIR [--NAME VALUE]...")
            exit(64)
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGCHLD, SIG_IGN)
        do {
            let keys = try HostKeySet(directory: HostKeyDirectory(path: arguments.keys))
            let server = try SSHServer(options: arguments.options, hostKeys: keys)
            for name in keys.filesPassedOver { say("passed over \(name)") }
            for key in keys.keys { say("key \(key.typeName) \(key.fingerprint)") }
            if arguments.warmsUp {
                // Its child must be waited for.
                signal(SIGCHLD, SIG_DFL)
                try server.warmUp()
                signal(SIGCHLD, SIG_IGN)
            }
            try serve(server, arguments)
        } catch {
            say("failed \(error)")
            exit(1)
        }
    }

    private static func serve(_ server: SSHServer, _ arguments: Arguments) throws(SSHError) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = arguments.port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw SSHError(operation: "bind", code: Int(errno), text: "") }
        say("port \(UInt16(bigEndian: address.sin_port))")
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            if fork() == 0 {
                close(listener)
                TestSession(server: server, arguments: arguments).run(connection)
            }
            close(connection)
        }
    }
}

/// The command line.
struct Arguments {
    var keys = ""
    var port: UInt16 = 0
    var warmsUp = true
    var limits = ConnectionLimits()
    var options = SSHServer.Options()
    /// Milliseconds before an attempt to log in is answered.
    var answerDelay = 0

    init?(_ words: ArraySlice<String>) {
        var words = words
        while let name = words.popFirst() {
            guard let value = words.popFirst() else { return nil }
            guard let number = Int(value) else {
                switch name {
                case "--keys": keys = value
                case "--policy": options.algorithms = value == "legacy" ? .legacy : .modern
                case "--banner": options.banner = value
                case "--identification": options.identification = value
                case "--ciphers":
                    options.algorithms.ciphers = value.split(separator: ",").map(String.init)
                default: return nil
                }
                continue
            }
            switch name {
            case "--port": port = UInt16(clamping: number)
            case "--warm-up": warmsUp = number != 0
            case "--handshake": limits.handshakeSeconds = number
            case "--grace": limits.loginGraceSeconds = number
            case "--idle": limits.idleSeconds = number
            case "--attempts": limits.maxAuthenticationAttempts = number
            case "--answer-delay": answerDelay = number
            case "--keep-alive": limits.keepAliveSeconds = number
            case "--watchdog": limits.watchdogSeconds = UInt32(clamping: number)
            case "--offer-wait": limits.offerWaitMilliseconds = number
            case "--rekey-seconds": options.rekeySeconds = UInt32(clamping: number)
            case "--rekey-bytes": options.rekeyBytes = UInt64(clamping: number)
            default: return nil
            }
        }
        if keys.isEmpty { return nil }
    }
}
