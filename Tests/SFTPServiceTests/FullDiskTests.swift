import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SFTPTestSupport
import ServiceTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// What a client is told when the disk is full, and what it has then.
@Suite(.enabled(if: TinyDisk.isPossible)) struct FullDiskTests {
    private var sent: [UInt8] { [UInt8](repeating: 0x61, count: 100_000) }

    private func server(_ disk: TinyDisk) throws -> (send: ([UInt8]) throws -> ParsedReply, server: SFTPServer) {
        let server = SFTPServer(root: try ConfinedDirectory(opening: disk.path), options: SFTPOptions())
        let send = { (packet: [UInt8]) throws -> ParsedReply in
            var input = ByteQueue(), output = ByteQueue()
            input.append(raw: packet.span.bytes)
            while server.serve(input: &input, output: &output) == .working {}
            return try #require(ParsedReply.all(in: [UInt8](output.bytes)).replies.first)
        }
        #expect(try send(Packet.initialize()).type == .version)
        return (send, server)
    }

    @Test func whatWasAcknowledgedIsThereAndTheRestIsRefusedInWords() throws {
        let disk = try #require(TinyDisk())
        let (send, server) = try server(disk)
        let handle = try #require(try send(Packet.open("/a".bytes, [.read, .write, .create])).string)
        var acknowledged = 0
        var refusal: ParsedReply?
        while refusal == nil {
            let reply = try send(Packet.write(handle, at: UInt64(acknowledged), sent))
            if reply.status == .ok { acknowledged += sent.count } else { refusal = reply }
            #expect(acknowledged <= 1 << 20)
        }
        #expect(refusal?.status == .failure && refusal?.message == "No space left on device: /a")
        let last = try send(Packet.write(handle, at: 0, [0x61]))
        #expect(last.status == .failure, "it would fit, and what it followed is missing")
        #expect(server.statistics.bytesWritten == UInt64(acknowledged) && acknowledged >= 900_000)
        for offset in stride(from: 0, to: acknowledged, by: sent.count) {
            #expect(try send(Packet.read(handle, at: UInt64(offset), UInt32(sent.count))).string == sent)
        }
        #expect(try send(Packet.handle(.close, handle)).status == .ok)
        #expect(try send(Packet.paths(.remove, "/a".bytes)).status == .ok)
        let next = try #require(try send(Packet.open("/b".bytes, [.write, .create])).string)
        // A program that another test is starting may have the file open for a moment yet.
        var isRoom = false
        for _ in 0..<200 where !isRoom {
            isRoom = try send(Packet.write(next, at: 0, sent)).status == .ok
            if !isRoom { usleep(20_000) }
        }
        #expect(isRoom, "there is room again")
    }

    @Test func aCopyThatDoesNotFitIsRefused() throws {
        let disk = try #require(TinyDisk())
        let (send, _) = try server(disk)
        let source = try #require(try send(Packet.open("/a".bytes, [.read, .write, .create])).string)
        for number in 0..<6 {
            let packet = Packet.write(source, at: UInt64(number * sent.count), sent)
            #expect(try send(packet).status == .ok)
        }
        for flags in [[.write, .create], [.write, .append, .create]] as [OpenFlags] {
            let target = try #require(try send(Packet.open("/b".bytes, flags)).string)
            let copy = Packet.extended("copy-data") {
                $0.append(string: source)
                $0.append(0 as UInt64)
                $0.append(UInt64(6 * sent.count))
                $0.append(string: target)
                $0.append(0 as UInt64)
            }
            let reply = try send(copy)
            #expect(reply.status == .failure && reply.message == "No space left on device: /b")
            #expect(try send(Packet.handle(.close, target)).status == .ok)
            #expect(try send(Packet.paths(.remove, "/b".bytes)).status == .ok)
        }
    }
}
