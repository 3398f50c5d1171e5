import SessionControl
import Testing

/// Networks whose clients are offered old algorithms.
@Suite struct AddressNetworkTests {
    @Test(
        "an address is in a network or it is not",
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("192.0.2.7/32", "192.0.2.6", false),
            ("192.0.2.77/24", "192.0.2.1", true), ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("10.0.0.0/9", "10.127.255.255", true), ("10.0.0.0/9", "10.128.0.0", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::1", "2001:db8::1", true), ("2001:db8::1", "2001:db8::2", false), ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false), ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("::ffff:192.0.2.0/120", "192.0.2.9", true), ("::ffff:192.0.2.0/120", "192.0.3.9", false),
            ("::ffff:192.0.2.9", "192.0.2.9", true), ("::ffff:0.0.0.0/96", "198.51.100.1", true),
            ("fe80::/10", "fe80::1", true),
        ])
    func membership(_ network: String, _ address: String, _ isIn: Bool) throws {
        let network = try #require(AddressNetwork(network))
        let address = try #require(AddressNetwork.Address(address))
        #expect(network.contains(address) == isIn)
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/8/8",
            "192.0.2.0/ 8",
            " 192.0.2.0", "192.0.2", "192.0.2.256", "192.0.2.0/24\0", "192.0.2.0\0/24", "2001:db8::/129",
            "2001:db8::/0x8",
            "fe80::1%eth0", "[::1]", "::ffff:192.0.2.0/95", "example.org", "1::2::3",
            "192.0.2.0/9999999999999999999999",
            String(repeating: "1", count: 10_000), "٣.0.0.0/8",
        ])
    func refused(_ text: String) {
        #expect(AddressNetwork(text) == nil)
    }

    @Test(
        "what a person wrote has no bit behind the prefix, and one spelling",
        arguments: [
            ("192.0.2.0/24", "192.0.2.0/24"), ("192.0.2.7", "192.0.2.7/32"), ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0::/32", "2001:db8::/32"), ("::ffff:192.0.2.0/120", "192.0.2.0/24"), ("::/0", "::/0"),
            ("192.0.2.77/24", nil), ("192.0.2.0/024", nil), ("192.0.2.0/00", nil), ("2001:db8::1/64", nil),
            ("192.0.2.0\0/24", nil),
        ])
    func strict(_ text: String, _ spelling: String?) {
        #expect(AddressNetwork(strictly: text)?.description == spelling)
    }
}
