import ConfinedFileSystem
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// How fast file data goes, by a clock that the test moves.
@Suite struct TransferRateTests {
    /// Microseconds.
    private final class Clock {
        var now: Int64 = 1_000_000_000
    }

    private static let mebibyte: UInt64 = 1 << 20
    /// A quarter of a second's worth, and the last request.
    private static let ahead: UInt64 = 262_144 + 65_536

    private let clock = Clock()
    private let directory = ScratchDirectory()
    private let piece = [UInt8](repeating: 0x61, count: 32_768)

    private func rate(_ bytesPerSecond: UInt64) -> TransferRate {
        TransferRate(bytesPerSecond: bytesPerSecond) { [clock] in clock.now }
    }

    private func server(_ rate: TransferRate) throws -> SFTPServer {
        let server = SFTPServer(
            root: try ConfinedDirectory(opening: directory.path), options: SFTPOptions(), rate: rate)
        var input = ByteQueue(), output = ByteQueue()
        let start = Packet.initialize() + Packet.open("/a".bytes, [.read, .write, .create])
        input.append(raw: start.span.bytes)
        #expect(server.serve(input: &input, output: &output) == .needsInput)
        handle.bytes = try #require(ParsedReply.all(in: [UInt8](output.bytes)).replies.last?.string)
        return server
    }

    private final class Handle { var bytes: [UInt8] = [] }
    private let handle = Handle()

    /// Serves for so many seconds of the clock, which moves on by what the server wants to wait; answers are thrown away.
    private func serve(_ server: SFTPServer, _ input: inout ByteQueue, seconds: Int64) -> Int {
        let end = clock.now + seconds * 1_000_000
        var answers = 0
        while clock.now < end {
            var output = ByteQueue()
            let result = server.serve(input: &input, output: &output)
            answers += ParsedReply.all(in: [UInt8](output.bytes)).replies.count
            switch result {
            case .waiting(let milliseconds):
                #expect((1...1_000).contains(milliseconds))
                clock.now += Int64(milliseconds) * 1_000
            case .needsInput: return answers
            default: continue
            }
        }
        return answers
    }

    @Test(arguments: [PacketType.write, .read])
    func overTimeNoMoreGoesThanTheRate(type: PacketType) throws {
        let rate = rate(1 << 20)
        let server = try server(rate)
        var input = ByteQueue()
        for number in 0..<400 {
            let offset = UInt64(type == .read ? 0 : number * piece.count)
            let packet =
                type == .write
                ? Packet.write(handle.bytes, at: offset, piece) : Packet.read(handle.bytes, at: offset, 32_768)
            if type == .read, number == 0 {
                input.append(raw: Packet.write(handle.bytes, at: 0, piece).span.bytes)
            }
            input.append(raw: packet.span.bytes)
        }
        _ = serve(server, &input, seconds: 5)
        let moved = type == .write ? server.statistics.bytesWritten : server.statistics.bytesRead
        // 5 MiB, a quarter of one that was saved up, and the last request.
        #expect(moved >= 5 * Self.mebibyte && moved <= 5 * Self.mebibyte + Self.ahead, "\(moved)")
    }

    @Test func otherRequestsDoNotWaitAndDirectionsAreApart() throws {
        let rate = rate(1_000)
        let server = try server(rate)
        var input = ByteQueue()
        input.append(
            raw: (Packet.write(handle.bytes, at: 0, piece) + Packet.write(handle.bytes, at: 0, piece)).span.bytes)
        var output = ByteQueue()
        guard case .waiting = server.serve(input: &input, output: &output) else {
            // What may be saved up is one such piece.
            Issue.record("the second one did not wait")
            return
        }
        input.consume(input.count)
        let others = Packet.paths(.stat, "/".bytes) + Packet.read(handle.bytes, at: 0, 100)
        input.append(raw: others.span.bytes)
        #expect(server.serve(input: &input, output: &output) == .needsInput)
    }

    @Test func aRateThatChangesHoldsFromThenOn() throws {
        let rate = rate(0)
        let server = try server(rate)
        var input = ByteQueue()
        for _ in 0..<300 { input.append(raw: Packet.write(handle.bytes, at: 0, piece).span.bytes) }
        var output = ByteQueue()
        #expect(server.serve(input: &input, output: &output) == .outputFull, "no limit, but a turn's share")
        rate.bytesPerSecond = 1 << 20
        let before = server.statistics.bytesWritten
        _ = serve(server, &input, seconds: 2)
        let moved = server.statistics.bytesWritten - before
        #expect(moved >= 2 * Self.mebibyte && moved <= 2 * Self.mebibyte + Self.ahead, "\(moved)")
        rate.bytesPerSecond = 0
        _ = serve(server, &input, seconds: 1)
        let left = input.count
        #expect(left == 0)
    }

    @Test(arguments: [1, 1_000, .max] as [UInt64])
    func noRateAndNoTimeOverflows(_ bytesPerSecond: UInt64) {
        let rate = rate(bytesPerSecond)
        for step in [0, 1, 1_000_000, Int64.max / 2] {
            clock.now = clock.now.addingReportingOverflow(step).partialValue
            rate.noteSent(.max)
            rate.noteSent(1)
            rate.noteReceived(262_144)
            _ = rate.wait(for: PacketType.read.rawValue)
            _ = rate.wait(for: PacketType.write.rawValue)
        }
    }
}
