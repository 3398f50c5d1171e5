import CAllocationCounter
import ConfinedFileSystem
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// The requests that come by the thousand ask for no memory once the queues have their size.
@Suite(.enabled(if: allocation_count() >= 0)) struct AllocationTests {
    @Test func countingWorks() {
        let before = allocation_count()
        let bytes = [UInt8](repeating: 1, count: Int.random(in: 1_000...2_000))
        #expect(allocation_count() > before && bytes.count >= 1_000)
    }

    @Test func theFrequentRequestsAllocateNothing() throws {
        let scratch = ScratchDirectory()
        scratch.directory("d")
        scratch.file("d/file", String(repeating: "x", count: 40_000))
        let server = SFTPServer(root: try ConfinedDirectory(opening: scratch.path), options: SFTPOptions())
        var input = ByteQueue(capacity: 64 * 1024), output = ByteQueue(capacity: 64 * 1024)
        for packet in [Packet.initialize(), Packet.open("/d/file".bytes, [.read, .write])] {
            input.append(raw: packet.span.bytes)
            _ = server.serve(input: &input, output: &output)
        }
        let handle = try #require(ParsedReply.all(in: [UInt8](output.bytes)).replies.last?.string)
        output.consume(output.count)
        let packets = [
            "READ": Packet.read(handle, at: 0, 32_768), "WRITE": Packet.write(handle, at: 9, handle),
            "FSTAT": Packet.handle(.fstat, handle), "STAT": Packet.paths(.stat, "/d/file".bytes),
            "LSTAT": Packet.paths(.lstat, "d".bytes), "a failed READ": Packet.read([0], at: 0, 1),
        ]
        for (name, packet) in packets {
            var counts: [Int] = [0, 0]
            for round in 0..<2 {
                let before = allocation_count()
                for _ in 0..<100 {
                    input.append(raw: packet.span.bytes)
                    _ = server.serve(input: &input, output: &output)
                    output.consume(output.count)
                }
                counts[round] = allocation_count() - before
            }
            #expect(counts[1] == 0, "\(name)")
        }
    }
}
