import SSHWire
import SessionControl
import Testing

/// One message of each kind, as bytes.
private let samples: [(name: String, bytes: [UInt8])] = [
    ("clientIdentification", encoded(SessionRequest.clientIdentification([0x53, 0x53, 0x48, 0xff]))),
    (
        "authenticate",
        encoded(
            SessionRequest.authenticate(
                AuthenticationRequest(
                    attempt: 3, username: [UInt8]("A1B2C3D4".utf8), method: .keyboardInteractive,
                    credential: Secret(copying: [UInt8]("hunter2".utf8).span.bytes))))
    ),
    (
        "authenticate with old algorithms",
        encoded(
            SessionRequest.authenticate(
                AuthenticationRequest(
                    attempt: 1, username: [65], method: .password,
                    credential: Secret(copying: [UInt8]("hunter2".utf8).span.bytes),
                    weakAlgorithms: ["diffie-hellman-group14-sha1", "ssh-rsa", "3des-cbc", "hmac-sha1"])))
    ),
    ("traffic", encoded(SessionRequest.traffic(bytesIn: .max, bytesOut: 1))),
    (
        "fileEvent",
        encoded(
            SessionRequest.fileEvent(
                FileEventMessage(kind: .renamed, path: [0x2f, 0xff], otherPath: [0x2f, 0x61], sizeBytes: 9)))
    ),
    ("closing", encoded(SessionRequest.closing(reason: "client left", bytesIn: 1, bytesOut: 2))),
    ("denied", encoded(SessionReply.denied(attempt: 1))),
    ("granted", encoded(SessionReply.granted(attempt: 2, limits: SessionLimits(openHandles: 7)))),
    ("limits", encoded(SessionReply.limits(SessionLimits(openHandles: 7, bytesPerSecond: 1 << 33)))),
    ("end of session", encoded(SessionReply.end(reason: "user deleted"))),
    ("drain", encoded(SessionReply.drain)),
    ("stopping", encoded(ListenerReport.stopping)),
    ("alive", encoded(ListenerReport.alive)),
    ("ping", encoded(ListenerCommand.ping)),
    ("hello", encoded(ListenerReport.hello(pid: 4711))),
    (
        "session",
        encoded(
            ListenerReport.session(
                SessionRecord(id: .random(), address: "[::1]:50022", username: "", sinceSeconds: 1_700_000_000)))
    ),
    (
        "session that rests on weak algorithms",
        encoded(
            ListenerReport.session(
                SessionRecord(
                    id: .random(), address: "[::1]:50022", username: "A1B2C3D4", sinceSeconds: 1_700_000_000,
                    usesWeakAlgorithms: true)))
    ),
    ("ended", encoded(ListenerReport.ended(SessionEnd(id: .random(), cause: "login grace time", signal: 9)))),
    (
        "ready",
        encoded(
            ListenerReport.ready(
                DataPlaneStatus(
                    addresses: ["[::]:2222"], layers: ["openat2", "chroot"], libsshVersion: "0.10.6",
                    fingerprints: ["ssh-ed25519 SHA256:x"])))
    ),
    ("failed", encoded(ListenerReport.failed(message: "address in use"))),
    (
        "configure",
        encoded(
            ListenerCommand.configure(
                DataPlaneConfiguration(listen: ["[::]:2222"], bucketsDirectory: "/b", hostKeysDirectory: "/h")))
    ),
    ("configure with all", encoded(ListenerCommand.configure(everything))),
    ("named", encoded(ListenerCommand.named(id: .random(), username: "A1B2C3D4", usesWeakAlgorithms: true))),
    ("end by broker", encoded(ListenerCommand.end(id: .random()))),
    ("shutdown", encoded(ListenerCommand.shutdown(graceSeconds: 30))),
    (
        "blocks",
        encoded(
            ListenerCommand.blocks([
                AddressBlock(source: AddressSource(isIPv4: true, bits: 0xc000_0201), seconds: 60),
                AddressBlock(source: AddressSource(isIPv4: false, bits: 0x2001_0db8_0000_0001), seconds: 0),
            ]))
    ),
    ("knownSources", knownSources),
]

private let knownSources = encoded(
    ListenerCommand.knownSources([
        AddressSource(isIPv4: true, bits: 0xc000_0201), AddressSource(isIPv4: false, bits: .max),
    ]))

/// A configuration in which no member that came after version 1 has its default value.
private var everything: DataPlaneConfiguration {
    var configuration = DataPlaneConfiguration(
        listen: ["[::]:2222"], bucketsDirectory: "/b", hostKeysDirectory: "/h")
    configuration.legacyListen = ["192.0.2.1:2223"]
    configuration.legacyNetworks = ["198.51.100.0/24", "2001:db8::/32"]
    configuration.rekeyBytes = 1 << 40
    configuration.rekeySeconds = 3_600
    configuration.keepAliveSeconds = 30
    configuration.banner = "Authorised partners only.\n"
    configuration.allowNetworks = ["192.0.2.0/24"]
    configuration.blockNetworks = ["192.0.2.7/32", "2001:db8::/32"]
    configuration.trustedNetworks = ["192.0.2.8/32"]
    configuration.proxyNetworks = ["192.0.2.9/32"]
    configuration.handshakeSeconds = 7
    configuration.minimumFreePercent = 9
    return configuration
}

private func encoded(_ message: some ControlMessage) -> [UInt8] {
    var queue = ByteQueue()
    message.encode(into: &queue)
    return [UInt8](queue.bytes)
}

/// What each of the four kinds of message makes of the bytes: the bytes again, or nil where they are refused.
private func decodings(of bytes: [UInt8]) -> [[UInt8]?] {
    func again<Message: ControlMessage>(_: Message.Type) -> [UInt8]? {
        (try? Message(decoding: bytes.span.bytes)).map { encoded($0) }
    }
    return [
        again(SessionRequest.self), again(SessionReply.self), again(ListenerReport.self), again(ListenerCommand.self),
    ]
}

@Suite struct MessageTests {
    @Test(arguments: samples.indices)
    func everyMessageRoundTrips(index: Int) {
        #expect(decodings(of: samples[index].bytes).contains(samples[index].bytes), "\(samples[index].name)")
    }

    @Test(arguments: samples.indices)
    func everyPrefixAndEveryFlippedBitIsAValueOrAnError(index: Int) {
        let bytes = samples[index].bytes
        for length in bytes.indices {
            let whole = decodings(of: bytes)
            for (kind, decoding) in decodings(of: Array(bytes[..<length])).enumerated() where decoding != nil {
                #expect(
                    decoding != whole[kind], "a prefix of \(length) bytes reads as the whole of \(samples[index].name)")
            }
        }
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            _ = decodings(of: flipped)
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...80)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            if bytes.count > 2 {
                bytes[0] = controlVersion
                bytes[1] %= 9
            }
            _ = decodings(of: bytes)
        }
    }

    @Test func aNewerNeighbourMayAppendMembers() throws {
        var bytes = encoded(SessionReply.denied(attempt: 5))
        bytes += [1, 2, 3]
        #expect(throws: WireError.trailingBytes(count: 3)) { try SessionReply(decoding: bytes.span.bytes) }
        bytes[0] = controlVersion + 1
        #expect(try SessionReply(decoding: bytes.span.bytes) == .denied(attempt: 5))
    }

    /// The bytes of a message as a build of version 1 would send it: without the members that came later.
    private func asVersion1(_ bytes: [UInt8], dropping count: Int) -> [UInt8] {
        [1] + bytes.dropFirst().dropLast(count)
    }

    @Test func anOlderBrokersConfigurationHasTheDefaults() throws {
        let plain = DataPlaneConfiguration(listen: ["[::]:2222"], bucketsDirectory: "/b", hostKeysDirectory: "/h")
        let bytes = encoded(ListenerCommand.configure(plain))
        // Two empty lists, rekeying, keep-alives, an empty banner; three empty lists of version 3; those of version 4.
        let old = asVersion1(bytes, dropping: 4 + 4 + 8 + 4 + 4 + 4 + 4 + 4 + 4 + membersOfVersion4)
        #expect(try ListenerCommand(decoding: old.span.bytes) == .configure(plain))
        var current = old
        current[0] = controlVersion
        #expect(throws: WireError.self) { try ListenerCommand(decoding: current.span.bytes) }
    }

    @Test func aBrokerOfVersion2KnowsNoNetworksThatMayConnect() throws {
        var told = everything
        told.allowNetworks = []
        told.blockNetworks = []
        told.trustedNetworks = []
        told.proxyNetworks = []
        told.handshakeSeconds = 20
        told.minimumFreePercent = 5
        let old = [2] + encoded(ListenerCommand.configure(told)).dropFirst().dropLast(4 + 4 + 4 + membersOfVersion4)
        #expect(try ListenerCommand(decoding: old.span.bytes) == .configure(told))
    }

    @Test func aBrokerOfVersion3LeavesTheMembersOfVersion4AtTheirDefaults() throws {
        var told = everything
        told.proxyNetworks = []
        told.handshakeSeconds = 20
        told.minimumFreePercent = 5
        let old = [3] + encoded(ListenerCommand.configure(told)).dropFirst().dropLast(membersOfVersion4)
        #expect(try ListenerCommand(decoding: old.span.bytes) == .configure(told))
        let granted = SessionReply.granted(attempt: 1, limits: SessionLimits(openHandles: 7))
        let oldGrant = [3] + encoded(granted).dropFirst().dropLast(8)
        #expect(try SessionReply(decoding: oldGrant.span.bytes) == granted)
    }

    /// Bytes of the configuration's members that version 4 added: an empty list and two numbers.
    private let membersOfVersion4 = 4 + 4 + 4

    @Test func onlyAVeryLongConfigurationIsTooLongToBeSent() {
        var configuration = DataPlaneConfiguration(
            listen: ["[::]:2222"], bucketsDirectory: String(repeating: "b", count: 500),
            hostKeysDirectory: String(repeating: "h", count: 500))
        let network = "2001:0db8:1111:2222:3333:4444:5555:6666/128"
        let longest = [String](repeating: network, count: DataPlaneConfiguration.listLimit)
        configuration.allowNetworks = longest
        configuration.blockNetworks = longest
        configuration.trustedNetworks = longest
        #expect(configuration.excessBytes == 0)
        configuration.banner = String(repeating: "b", count: DataPlaneConfiguration.bannerLimit)
        configuration.legacyNetworks = longest
        #expect(configuration.excessBytes > 0)
    }

    @Test func blocksAreFewAndOfAddressesThatCanBe() throws {
        let block = AddressBlock(source: AddressSource(isIPv4: true, bits: 1), seconds: 1)
        func isRefused(_ command: ListenerCommand) -> Bool {
            (try? ListenerCommand(decoding: encoded(command).span.bytes)) == nil
        }
        let most = [AddressBlock](repeating: block, count: AddressBlock.countLimit)
        #expect(
            !isRefused(.blocks(most)) && encoded(ListenerCommand.blocks(most)).count <= SeqPacketSocket.messageLimit)
        #expect(isRefused(.blocks(most + [block])))
        #expect(isRefused(.blocks([AddressBlock(source: AddressSource(isIPv4: true, bits: 1 << 32), seconds: 1)])))
    }

    @Test func anOlderSessionHasNoWeakAlgorithms() throws {
        let request = AuthenticationRequest(
            attempt: 1, username: [65], method: .password, credential: Secret(copying: [66 as UInt8].span.bytes))
        let old = asVersion1(encoded(SessionRequest.authenticate(request)), dropping: 4)
        guard case .authenticate(let read) = try SessionRequest(decoding: old.span.bytes) else {
            Issue.record("no authenticate")
            return
        }
        #expect(read.weakAlgorithms.isEmpty && read.username == [65])
        var current = old
        current[0] = controlVersion
        #expect(throws: WireError.self) { try SessionRequest(decoding: current.span.bytes) }
    }

    @Test func anOlderNeighboursSessionsDoNotRestOnWeakAlgorithms() throws {
        let id = SessionID.random()
        let record = SessionRecord(id: id, address: "a", username: "A", sinceSeconds: 1, usesWeakAlgorithms: true)
        let report = asVersion1(encoded(ListenerReport.session(record)), dropping: 1)
        let read = SessionRecord(id: id, address: "a", username: "A", sinceSeconds: 1)
        #expect(try ListenerReport(decoding: report.span.bytes) == .session(read))
        let named = ListenerCommand.named(id: id, username: "A", usesWeakAlgorithms: true)
        let command = asVersion1(encoded(named), dropping: 1)
        #expect(
            try ListenerCommand(decoding: command.span.bytes)
                == .named(id: id, username: "A", usesWeakAlgorithms: false))
    }

    @Test(
        "names of algorithms are few, short and printable",
        arguments: [
            [String](repeating: "a", count: 9), [""], [String(repeating: "a", count: 65)], ["a b"], ["a\n"], ["é"],
        ])
    func namesOfAlgorithms(_ names: [String]) {
        let request = AuthenticationRequest(
            attempt: 1, username: [65], method: .password, credential: Secret(copying: [66 as UInt8].span.bytes),
            weakAlgorithms: names)
        let bytes = encoded(SessionRequest.authenticate(request))
        #expect(throws: WireError.self) { try SessionRequest(decoding: bytes.span.bytes) }
    }

    @Test func aConfigurationBeyondItsLimitsIsRefused() {
        for change: (inout DataPlaneConfiguration) -> Void in [
            { $0.banner = String(repeating: "x", count: DataPlaneConfiguration.bannerLimit + 1) },
            { $0.legacyNetworks = [String](repeating: "::/0", count: DataPlaneConfiguration.listLimit + 1) },
            { $0.legacyListen = [String](repeating: "[::]:1", count: DataPlaneConfiguration.listLimit + 1) },
        ] {
            var configuration = everything
            change(&configuration)
            let bytes = encoded(ListenerCommand.configure(configuration))
            #expect(throws: WireError.self) { try ListenerCommand(decoding: bytes.span.bytes) }
        }
    }
}
