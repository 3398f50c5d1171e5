import SSHWire
import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct ListenerTableTests {
    private func encoded(_ table: ListenerTable) -> [UInt8] {
        var queue = ByteQueue()
        table.encode(into: &queue)
        return [UInt8](queue.bytes)
    }

    private func decoded(_ bytes: [UInt8]) throws(TableError) -> ListenerTable {
        try ListenerTable(decoding: bytes.span.bytes)
    }

    private func source(_ bits: UInt64) -> AddressSource { AddressSource(isIPv4: true, bits: bits) }

    /// A table in which every member has a value of its own.
    private var everything: ListenerTable {
        var table = ListenerTable()
        table.reason = "SIGHUP"
        table.link = 3
        table.pending = [
            ControlLink.Pending(bytes: [1, 2, 3], session: SessionID(rawValue: 7)),
            ControlLink.Pending(bytes: [], session: nil),
        ]
        table.brokerKnowsSessions = true
        var configuration = DataPlaneConfiguration(
            listen: ["[::]:2222"], bucketsDirectory: "/b", hostKeysDirectory: "/h")
        configuration.trustedNetworks = ["192.0.2.0/24"]
        table.configuration = configuration
        table.sockets = [.init(descriptor: 9, isLegacy: false), .init(descriptor: 10, isLegacy: true)]
        table.socketsAreFromSystemd = true
        var open = SessionEntry(
            id: SessionID(rawValue: .max), pid: 4_711, peer: PeerAddress(text: "[2001:db8::1]:50022"), acceptedAt: 5,
            sinceSeconds: 1_700_000_000, brokerEnd: 20, output: 21)
        open.outputLine = [0xff, 0x0a]
        open.outputLines = 3
        open.username = "A1B2C3D4"
        open.usesWeakAlgorithms = true
        var dying = SessionEntry(
            id: SessionID(rawValue: 1), pid: 4_712, peer: PeerAddress(text: "192.0.2.1:1"), acceptedAt: -5,
            sinceSeconds: 0, brokerEnd: 22, output: -1)
        dying.deadline = 99
        dying.wasKilled = true
        dying.cause = .fault
        table.sessions = [open, dying]
        table.blocks = [(source(1), 100), (AddressSource(isIPv4: false, bits: .max), -1)]
        table.faults = [(source(2), 200)]
        table.knownSources = [source(3), AddressSource(isIPv4: false, bits: 4)]
        table.proxied = [
            ProxiedConnection(
                socket: 30, balancer: PeerAddress(text: "192.0.2.9:1"), isLegacySocket: true, deadline: 7,
                bytes: [0x0d, 0x0a])
        ]
        table.guests = [
            WaitingRoom.Guest(
                socket: 31, peer: PeerAddress(text: "198.51.100.1:5"), isLegacySocket: true, arrivedAt: 12),
            WaitingRoom.Guest(socket: 32, peer: PeerAddress(text: "[::1]:6"), isLegacySocket: false, arrivedAt: 13),
        ]
        return table
    }

    @Test func everyMemberIsTakenOver() throws {
        let table = everything
        let read = try decoded(encoded(table))
        #expect(read.reason == table.reason && read.link == 3 && read.pending == table.pending)
        #expect(read.brokerKnowsSessions && read.configuration == table.configuration)
        #expect(read.sockets == table.sockets && read.socketsAreFromSystemd)
        #expect(read.sessions == table.sessions)
        #expect(read.blocks.map(\.source) == table.blocks.map(\.source) && read.blocks.map(\.endsAt) == [100, -1])
        #expect(read.faults.map(\.source) == [source(2)] && read.faults.map(\.endsAt) == [200])
        #expect(read.knownSources == table.knownSources && read.proxied == table.proxied)
        #expect(read.guests == table.guests)
        #expect(encoded(read) == encoded(table))
        #expect(try encoded(decoded(encoded(ListenerTable()))) == encoded(ListenerTable()))
    }

    @Test func everyPrefixIsRefusedAndEveryFlippedBitIsATableOrAnError() throws {
        let bytes = encoded(everything)
        for length in bytes.indices {
            #expect(throws: TableError.self) { try decoded(Array(bytes[..<length])) }
        }
        #expect(throws: TableError.self) { try decoded(bytes + [0]) }
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let table = try? decoded(flipped) else { continue }
            checkInvariants(of: table)
        }
    }

    @Test func randomChangesNeverTrap() {
        var random = SystemRandomNumberGenerator()
        let bytes = encoded(everything)
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<changed.count, using: &random)
                switch UInt8.random(in: 0...3, using: &random) {
                case 0: changed[index] = .random(in: .min ... .max, using: &random)
                case 1: changed.remove(at: index)
                case 2: changed.insert(.random(in: .min ... .max, using: &random), at: index)
                default: changed[index] = 0xff
                }
            }
            if let table = try? decoded(changed) { checkInvariants(of: table) }
        }
    }

    /// What a listener relies on without looking.
    private func checkInvariants(of table: ListenerTable) {
        #expect(table.descriptors.allSatisfy { $0 > 2 } && Set(table.descriptors).count == table.descriptors.count)
        #expect(table.sessions.allSatisfy { $0.pid > 1 && $0.brokerEnd > 2 })
        #expect((try? decoded(encoded(table))) != nil)
    }

    @Test(arguments: [0, 1, -1, 4_712] as [Int32])
    func aProcessThatIsNoSessionsIsRefused(pid: Int32) {
        var table = everything
        let entry = table.sessions[0]
        table.sessions[0] = SessionEntry(
            id: entry.id, pid: pid, peer: entry.peer, acceptedAt: 0, sinceSeconds: 0, brokerEnd: 20, output: 21)
        #expect(throws: TableError.self) { try decoded(encoded(table)) }
    }

    @Test(arguments: [0, 2, 9, -1] as [Int32])
    func aDescriptorThatIsNamedTwiceOrCanNotBeIsRefused(descriptor: Int32) {
        var table = everything
        table.sockets[1] = .init(descriptor: descriptor, isLegacy: false)
        #expect(throws: TableError.self) { try decoded(encoded(table)) }
    }

    @Test func aTableOfTheVersionBeforeHasNobodyWhoWaits() throws {
        var table = everything
        table.guests = []
        // The list of version 2 is the last member: a count of zero.
        var bytes = Array(encoded(table).dropLast(4))
        bytes[4] = 1
        let read = try decoded(bytes)
        #expect(read.guests.isEmpty && read.proxied == table.proxied)
    }

    @Test func aTableOfANewerProgramIsReadAsFarAsItIsKnown() throws {
        var bytes = encoded(everything)
        bytes[4] = ListenerTable.version + 1
        #expect(try decoded(bytes + [1, 2, 3]).sessions == everything.sessions)
        bytes[4] = 0
        #expect(throws: TableError.self) { try decoded(bytes) }
    }

    @Test func aTableGoesThroughAFile() throws {
        let file = try TableFile.write(everything)
        #expect(try encoded(TableFile.read(file)) == encoded(everything))
        // Not the one that is closed now: in a program with threads its number may be somebody else's already.
        #expect(throws: TableError.self) { try TableFile.read(-1) }
        var wrong = everything
        wrong.sockets[0] = .init(descriptor: 1, isLegacy: false)
        #expect(throws: TableError.self, "what can't be read is never handed over") { try TableFile.write(wrong) }
    }
}
