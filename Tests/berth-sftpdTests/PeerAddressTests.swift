import Glibc
import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct PeerAddressTests {
    private func ipv6(_ text: String, port: UInt16) -> PeerAddress {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            inet_pton(AF_INET6, text, &address.sin6_addr)
            withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
        }
        return PeerAddress(storage)
    }

    private func ipv4(_ text: String, port: UInt16) -> PeerAddress {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            inet_pton(AF_INET, text, &address.sin_addr)
            withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
        }
        return PeerAddress(storage)
    }

    @Test func addressesReadAsUsual() {
        #expect(ipv4("192.0.2.1", port: 50_022).text == "192.0.2.1:50022")
        #expect(ipv6("2001:db8::1", port: 22).text == "[2001:db8::1]:22")
        #expect(PeerAddress(sockaddr_storage()).text == "unknown")
    }

    @Test func aMappedIPv4AddressIsThatIPv4Address() {
        #expect(ipv6("::ffff:192.0.2.1", port: 7) == ipv4("192.0.2.1", port: 7))
    }

    @Test func anIPv6SourceIsItsFirst64Bits() {
        #expect(ipv6("2001:db8::1", port: 1).source == ipv6("2001:db8::ffff:2", port: 2).source)
        #expect(ipv6("2001:db8::1", port: 1).source != ipv6("2001:db8:0:1::1", port: 1).source)
        #expect(ipv4("192.0.2.1", port: 1).source != ipv4("192.0.2.2", port: 1).source)
    }

    @Test func anAddressToListenOnSplitsAtItsLastColon() {
        #expect(splitEndpoint("[::]:2222").map { [$0.host, $0.port] } == ["::", "2222"])
        #expect(splitEndpoint("127.0.0.1:0").map { [$0.host, $0.port] } == ["127.0.0.1", "0"])
        #expect(splitEndpoint("nothing") == nil)
    }

    @Test func theHostIsTheAddressWithoutItsPort() {
        #expect(ipv4("192.0.2.1", port: 50_022).host == "192.0.2.1")
        #expect(ipv6("2001:db8::1", port: 22).host == "2001:db8::1")
        #expect(ipv6("::ffff:192.0.2.1", port: 22).host == "192.0.2.1")
    }
}
