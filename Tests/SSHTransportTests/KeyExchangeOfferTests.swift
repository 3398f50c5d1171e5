import SFTPTestSupport
import SSHTransport
import SSHWire
import Testing

/// The look at a client's first bytes.
@Suite struct KeyExchangeOfferTests {
    private let lists = [
        "curve25519-sha256", "ssh-ed25519", "aes256-ctr,aes128-gcm@openssh.com", "aes128-gcm@openssh.com", "a", "b",
        "none", "none", "", "",
    ]

    /// An identification line and a packet with `lists`.
    private func stream(identification: String = "SSH-2.0-test\r\n", padding: UInt8 = 7) -> [UInt8] {
        var message = ByteQueue()
        message.append(20 as UInt8)
        for byte in 0..<16 { message.append(UInt8(byte)) }
        for list in lists { message.append(string: list) }
        message.append(false)
        message.append(0 as UInt32)
        var whole = ByteQueue()
        whole.append(raw: Array(identification.utf8).span.bytes)
        whole.append(UInt32(1 + message.count + Int(padding)))
        whole.append(padding)
        whole.append(raw: message.bytes)
        for _ in 0..<padding { whole.append(0 as UInt8) }
        return [UInt8](whole.bytes)
    }

    /// libssh would read `ssh-rsa` alone, and agree on it.
    @Test(arguments: ["ssh-rsa\0,ssh-ed25519", "\0ssh-ed25519", "ssh-ed25519\0"])
    func aListWithANULIsUnusable(list: String) {
        for place in 0..<8 {
            var stream = stream()
            let old = Array(lists[place].utf8)
            var queue = ByteQueue()
            queue.append(string: lists[place])
            var wanted = ByteQueue()
            wanted.append(string: list)
            let found = stream.indices.first { stream[$0...].starts(with: [UInt8](queue.bytes)) }
            guard let found else { continue }
            stream.replaceSubrange(found..<(found + 4 + old.count), with: [UInt8](wanted.bytes))
            let lengthAt = "SSH-2.0-test\r\n".utf8.count
            let length = UInt32(stream.count - lengthAt - 4)
            stream.replaceSubrange(
                lengthAt..<(lengthAt + 4), with: (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
            #expect(KeyExchangeOffer.scan(stream.span.bytes) == .unusable)
        }
    }

    @Test func aWholeOfferIsRead() {
        guard case .offer(let offer) = KeyExchangeOffer.scan(stream().span.bytes) else {
            Issue.record("no offer")
            return
        }
        #expect(offer.keyExchanges == Array(lists[0].utf8))
        #expect(offer.ciphersIn == Array(lists[2].utf8))
        #expect(offer.ciphersOut == Array(lists[3].utf8))
    }

    @Test func theOfferIsReadBehindAnIdentificationThatWasTaken() {
        let whole = stream()
        let packet = Array(whole.dropFirst("SSH-2.0-test\r\n".utf8.count))
        #expect(KeyExchangeOffer.scan(packet.span.bytes, isIdentified: true) == KeyExchangeOffer.scan(whole.span.bytes))
        for count in packet.indices {
            let scan = KeyExchangeOffer.scan(Array(packet.prefix(count)).span.bytes, isIdentified: true)
            #expect(scan == .incomplete(have: count))
        }
    }

    @Test func bytesBehindTheOfferDoNotMatter() {
        let whole = stream()
        #expect(KeyExchangeOffer.scan((whole + [1, 2, 3]).span.bytes) == KeyExchangeOffer.scan(whole.span.bytes))
    }

    @Test func everyPrefixIsIncomplete() {
        let whole = stream()
        for count in whole.indices {
            #expect(KeyExchangeOffer.scan(Array(whole.prefix(count)).span.bytes) == .incomplete(have: count))
        }
    }

    @Test func everyBitFlipGivesAnAnswer() {
        let whole = stream()
        for index in whole.indices {
            for bit in 0..<8 {
                var flipped = whole
                flipped[index] ^= 1 << bit
                _ = KeyExchangeOffer.scan(flipped.span.bytes)
                for count in [index, index + 1, whole.count - 1] {
                    _ = KeyExchangeOffer.scan(Array(flipped.prefix(count)).span.bytes)
                }
            }
        }
    }

    @Test func randomBytesGiveAnAnswer() {
        var generator = SplitMix64(seed: 20_26)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...96, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes = Array("SSH-2.0-x\n".utf8) + bytes }
            _ = KeyExchangeOffer.scan(bytes.span.bytes, isIdentified: Bool.random(using: &generator))
        }
    }

    @Test func whatCannotBecomeAnOfferIsUnusable() {
        #expect(KeyExchangeOffer.scan([UInt8](repeating: 65, count: 255).span.bytes) == .unusable)
        #expect(KeyExchangeOffer.scan(Array("SSH-2.0-x\n\0\0\0\0".utf8).span.bytes) == .unusable)
        #expect(KeyExchangeOffer.scan(Array("SSH-2.0-x\n\u{7f}\0\0\0".utf8).span.bytes) == .unusable)
        var other = stream()
        other["SSH-2.0-test\r\n".utf8.count + 5] = 21
        #expect(KeyExchangeOffer.scan(other.span.bytes) == .unusable)
    }
}
