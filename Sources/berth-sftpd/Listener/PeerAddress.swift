import Glibc
import SessionControl

/// Where a connection comes from.
struct PeerAddress: Equatable {
    /// Address and port, as `192.0.2.1:50022` or `[2001:db8::1]:50022`.
    let text: String
    /// The address alone; nil where the family is unknown.
    let address: AddressNetwork.Address?

    /// The address without the port, as `192.0.2.1` or `2001:db8::1`.
    var host: String { address.map { "\($0)" } ?? text }

    /// See ``AddressSource``.
    typealias Source = AddressSource

    /// What limits are counted by: an IPv4 address, or an IPv6 /64, since one customer holds a whole one of those.
    var source: Source { address.map { Source($0) } ?? Source(isIPv4: false, bits: 0) }

    /// The address in a socket address of `accept(2)`; an IPv4 address mapped into IPv6 counts as IPv4.
    init(_ storage: sockaddr_storage) {
        var copy = storage
        switch CInt(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: &copy) { $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(
                AddressNetwork.Address(ipv4: UInt32(bigEndian: address.sin_addr.s_addr)),
                port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = withUnsafeBytes(of: &copy) { $0.loadUnaligned(as: sockaddr_in6.self) }
            let bits = withUnsafeBytes(of: address.sin6_addr) { $0.loadUnaligned(as: UInt128.self) }
            self.init(
                AddressNetwork.Address(ipv6: UInt128(bigEndian: bits)), port: UInt16(bigEndian: address.sin6_port))
        default:
            self.init(text: "unknown", address: nil)
        }
    }

    /// What ``text`` of another one says.
    init(text: String) {
        self.init(text: text, address: AddressNetwork.Address(peer: text))
    }

    /// A client that a balancer names.
    init(_ address: AddressNetwork.Address, port: UInt16) {
        self.init(text: address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)", address: address)
    }

    private init(text: String, address: AddressNetwork.Address?) {
        self.text = text
        self.address = address
    }
}
