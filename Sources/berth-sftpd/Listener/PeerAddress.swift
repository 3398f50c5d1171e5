import Glibc
import SessionControl

/// Where a connection comes from.
struct PeerAddress: Equatable {
    /// Address and port, as `192.0.2.1:50022` or `[2001:db8::1]:50022`.
    let text: String
    /// The address alone; nil where the family is unknown.
    let address: AddressNetwork.Address?
    /// What limits are counted by: an IPv4 address, or an IPv6 /64, since one customer holds a whole one of those.
    let source: Source

    /// The address without the port, as `192.0.2.1` or `2001:db8::1`.
    var host: String {
        let host = text.utf8.lastIndex(of: UInt8(ascii: ":")).map { text[..<$0] } ?? text[...]
        return host.filter { $0 != "[" && $0 != "]" }
    }

    /// See ``AddressSource``.
    typealias Source = AddressSource

    /// The address in a socket address of `accept(2)`; an IPv4 address mapped into IPv6 counts as IPv4.
    init(_ storage: sockaddr_storage) {
        var copy = storage
        switch CInt(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: &copy) { $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(ipv4: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = withUnsafeBytes(of: &copy) { $0.loadUnaligned(as: sockaddr_in6.self) }
            self.init(ipv6: address)
        default:
            self.init(text: "unknown", address: nil, source: Source(isIPv4: false, bits: 0))
        }
    }

    private init(text: String, address: AddressNetwork.Address?, source: Source) {
        self.text = text
        self.address = address
        self.source = source
    }

    private init(ipv4 bits: UInt32, port: UInt16) {
        self.init(
            text: "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255):\(port)",
            address: AddressNetwork.Address(ipv4: bits), source: Source(isIPv4: true, bits: UInt64(bits)))
    }

    private init(ipv6 address: sockaddr_in6) {
        let port = UInt16(bigEndian: address.sin6_port)
        let (high, low) = withUnsafeBytes(of: address.sin6_addr) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        if high == 0, low >> 32 == 0xffff {
            self.init(ipv4: UInt32(truncatingIfNeeded: low), port: port)
            return
        }
        var bytes = address.sin6_addr
        var name = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let known = inet_ntop(AF_INET6, &bytes, &name, socklen_t(name.count)) != nil
        let end = name.firstIndex(of: 0) ?? name.endIndex
        let text = String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.init(
            text: known ? "[\(text)]:\(port)" : "unknown",
            address: AddressNetwork.Address(ipv6: UInt128(high) << 64 | UInt128(low)),
            source: Source(isIPv4: false, bits: high))
    }
}
