import CLinux
import Glibc
import SessionControl

/// The sockets that connections arrive on.
struct ListeningSockets {
    /// A socket that could not be opened.
    struct Failure: Error {
        let address: String
        let reason: String
    }

    /// Connections that the kernel holds for us while we are busy.
    private static let backlog: CInt = 1_024

    private(set) var descriptors: [CInt] = []
    /// Those of them on which old algorithms are offered.
    private var legacy: [CInt] = []
    /// Whether systemd opened them: then it decides about addresses.
    private(set) var areFromSystemd = false

    /// Opens a socket for each address, as `127.0.0.1:2222` or `[::]:2222`. All are opened, or none.
    mutating func open(_ addresses: [String], legacy legacyAddresses: [String]) throws(Failure) {
        for (index, address) in (addresses + legacyAddresses).enumerated() {
            do throws(Failure) {
                let descriptor = try Self.socket(listeningAt: address)
                descriptors.append(descriptor)
                if index >= addresses.count { legacy.append(descriptor) }
            } catch {
                closeAll()
                throw error
            }
        }
    }

    /// Whether clients that arrive at this socket are offered old algorithms.
    func isLegacy(_ descriptor: CInt) -> Bool { legacy.contains(descriptor) }

    /// Says which of systemd's sockets offer old algorithms: those that are bound to one of these addresses.
    ///
    /// - Returns: the addresses that no socket has.
    mutating func markLegacy(_ legacyAddresses: [String]) -> [String] {
        legacy = []
        var unused: [String] = []
        for address in legacyAddresses {
            let canonical = Self.canonical(address)
            let found = zip(descriptors, addresses).filter { $0.1 == canonical }.map(\.0)
            legacy += found
            if found.isEmpty { unused.append(address) }
        }
        return unused
    }

    /// Takes the sockets over that systemd passes (sd_listen_fds(3)).
    mutating func adoptFromSystemd() {
        guard let owner = getenv("LISTEN_PID"), let count = getenv("LISTEN_FDS"),
            Int32(String(cString: owner)) == getpid(), let number = CInt(String(cString: count)), number > 0
        else { return }
        unsetenv("LISTEN_PID")
        unsetenv("LISTEN_FDS")
        unsetenv("LISTEN_FDNAMES")
        areFromSystemd = true
        for descriptor in 3..<(3 + min(number, 64)) {
            _ = clinux_set_nonblocking(descriptor, true)
            _ = clinux_set_close_on_exec(descriptor, true)
            descriptors.append(descriptor)
        }
    }

    /// Takes the sockets over that the program had before it was executed anew.
    mutating func restore(_ table: ListenerTable) {
        descriptors = table.sockets.map(\.descriptor)
        legacy = table.sockets.filter(\.isLegacy).map(\.descriptor)
        areFromSystemd = table.socketsAreFromSystemd
    }

    mutating func closeAll() {
        for descriptor in descriptors { close(descriptor) }
        descriptors = []
        legacy = []
    }

    /// The addresses they are bound to, with the ports that the kernel chose where none was asked for.
    var addresses: [String] {
        descriptors.map { descriptor in
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let known = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
            }
            return known == 0 ? PeerAddress(storage).text : "unknown"
        }
    }

    /// What `address` is called once a socket is bound to it; nil when it is no numeric address and port.
    private static func canonical(_ address: String) -> String? {
        guard let information = try? resolve(address) else { return nil }
        defer { freeaddrinfo(information) }
        var storage = sockaddr_storage()
        let length = min(Int(information.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
        memcpy(&storage, information.pointee.ai_addr, length)
        return PeerAddress(storage).text
    }

    /// The socket address of `host:port` or `[host]:port`; the caller frees it.
    private static func resolve(_ address: String) throws(Failure) -> UnsafeMutablePointer<addrinfo> {
        guard let (host, port) = splitEndpoint(address) else {
            throw Failure(address: address, reason: "not an address and a port")
        }
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let information = found else {
            throw Failure(address: address, reason: "not a numeric address and port")
        }
        return information
    }

    private static func socket(listeningAt address: String) throws(Failure) -> CInt {
        let information = try resolve(address)
        defer { freeaddrinfo(information) }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(information.pointee.ai_family, kind, 0)
        guard descriptor >= 0 else { throw Failure(address: address, reason: describe(errno)) }
        var one: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        // An IPv6 socket takes IPv4 too, whatever the host's default is.
        var zero: CInt = 0
        if information.pointee.ai_family == AF_INET6 {
            setsockopt(
                descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &zero, socklen_t(MemoryLayout<CInt>.size))
        }
        guard bind(descriptor, information.pointee.ai_addr, information.pointee.ai_addrlen) == 0,
            listen(descriptor, backlog) == 0
        else {
            let reason = describe(errno)
            close(descriptor)
            throw Failure(address: address, reason: reason)
        }
        return descriptor
    }
}
