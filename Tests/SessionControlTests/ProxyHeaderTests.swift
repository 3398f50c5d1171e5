import SessionControl
import Testing

@Suite struct ProxyHeaderTests {
    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]

    private static func header(_ command: UInt8, _ family: UInt8, _ block: [UInt8], length: Int? = nil) -> [UInt8] {
        let count = length ?? block.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 0xff)] + block
    }

    /// 192.0.2.1:50022 to 198.51.100.1:22.
    private static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xc3, 0x66, 0, 22]
    /// [2001:db8::1]:50022 to [2001:db8::2]:22.
    private static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1, 0x20, 0x01, 0x0d, 0xb8]
        + [UInt8](repeating: 0, count: 11) + [2, 0xc3, 0x66, 0, 22]
    /// A checksum that is wrong, and one extension that runs past the end: neither is looked at.
    private static let extensions: [UInt8] = [0x03, 0, 4, 1, 2, 3, 4, 0xea, 0xff, 0xff, 1]

    private func scan(_ bytes: [UInt8]) -> ProxyHeader.Scan { ProxyHeader.scan(bytes.span.bytes) }

    private func origin(_ bytes: [UInt8]) -> ProxyHeader.Origin? {
        guard case .header(let header) = scan(bytes) else { return nil }
        return header.origin
    }

    private func client(_ address: String) -> ProxyHeader.Origin? {
        AddressNetwork.Address(address).map { .client($0, port: 50_022) }
    }

    @Test func clientsAreNamedOverIPv4AndIPv6WhateverExtensionsFollow() {
        #expect(origin(Self.header(0x21, 0x11, Self.ipv4)) == client("192.0.2.1"))
        #expect(origin(Self.header(0x21, 0x11, Self.ipv4 + Self.extensions)) == client("192.0.2.1"))
        #expect(origin(Self.header(0x21, 0x21, Self.ipv6)) == client("2001:db8::1"))
        #expect(origin(Self.header(0x21, 0x21, Self.ipv6 + Self.extensions)) == client("2001:db8::1"))
        var mapped = Self.ipv6
        mapped.replaceSubrange(0..<16, with: [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 192, 0, 2, 1])
        #expect(origin(Self.header(0x21, 0x21, mapped)) == client("192.0.2.1"))
    }

    @Test func aHealthCheckIsTheBalancersOwnWhateverFollows() {
        #expect(origin(Self.header(0x20, 0x00, [])) == .balancer)
        #expect(origin(Self.header(0x20, 0x11, Self.ipv4)) == .balancer)
        #expect(origin(Self.header(0x20, 0xff, [1, 2, 3])) == .balancer)
    }

    @Test(
        arguments: [
            ("SSH-2.0-x\r\n", .signature), ("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n", .signature),
            ("\r\n\r\n\r", .signature),
        ] as [(String, ProxyHeader.Violation)])
    func whatIsNoHeaderIsSeenAtItsFirstWrongByte(text: String, violation: ProxyHeader.Violation) {
        #expect(scan(Array(text.utf8)) == .violation(violation))
    }

    @Test func versionsCommandsAndFamiliesThatAreNotMeantAreRefused() {
        for command: UInt8 in [0x00, 0x01, 0x11, 0x22, 0x2f, 0x31, 0xff] {
            #expect(scan(Self.header(command, 0x11, Self.ipv4)) == .violation(.command))
        }
        // Unspecified, over UDP, over Unix sockets: no address that limits could count by.
        for family: UInt8 in [0x00, 0x01, 0x10, 0x12, 0x22, 0x31, 0x32, 0x41, 0xff] {
            #expect(scan(Self.header(0x21, family, Self.ipv6)) == .violation(.family))
        }
    }

    @Test func lengthsAreBounded() {
        #expect(scan(Self.header(0x21, 0x11, [], length: 11)) == .violation(.length))
        #expect(scan(Self.header(0x21, 0x21, [], length: 35)) == .violation(.length))
        let most = ProxyHeader.lengthLimit - ProxyHeader.fixedLength
        #expect(scan(Self.header(0x21, 0x11, [], length: most)) == .incomplete(missing: most))
        #expect(scan(Self.header(0x21, 0x11, [], length: most + 1)) == .violation(.length))
        #expect(scan(Self.header(0x20, 0x00, [], length: 0xffff)) == .violation(.length))
        #expect(scan(Self.header(0x21, 0x11, Self.ipv4) + [0]) == .violation(.length), "a byte that is the session's")
    }

    @Test func everyBeginningIsIncompleteAndWhatIsMissingNeverReachesBeyondTheHeader() {
        let whole = Self.header(0x21, 0x21, Self.ipv6 + Self.extensions)
        for length in whole.indices {
            guard case .incomplete(let missing) = scan(Array(whole[..<length])) else {
                Issue.record("\(length) bytes are no beginning")
                continue
            }
            #expect(missing > 0 && length + missing == (length < 16 ? 16 : whole.count))
        }
    }

    @Test func everyFlippedBitAndRandomBytesAreAHeaderOrAnError() {
        let whole = Self.header(0x21, 0x11, Self.ipv4 + Self.extensions)
        for bit in 0..<whole.count * 8 {
            var flipped = whole
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            if bit < 12 * 8 { #expect(scan(flipped) == .violation(.signature)) } else { _ = scan(flipped) }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50_000 {
            let tail = (0..<Int.random(in: 0...60)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            _ = scan(Self.signature + tail)
        }
    }
}
