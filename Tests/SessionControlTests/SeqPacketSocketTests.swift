import CLinux
import Foundation
import Glibc
import SSHWire
import SessionControl
import Testing

@Suite struct SeqPacketSocketTests {
    @Test func messagesArriveWholeAndInOrder() throws {
        let ends = try SeqPacketSocket.pair()
        let near = SeqPacketSocket(owning: ends.0)
        let far = SeqPacketSocket(owning: ends.1)
        var queue = ByteQueue()
        for attempt in 1...3 as ClosedRange<UInt32> {
            SessionReply.denied(attempt: attempt).encode(into: &queue)
            #expect(try near.send(queue))
        }
        for attempt in 1...3 as ClosedRange<UInt32> {
            #expect(try far.receive(into: &queue) == .message)
            #expect(try SessionReply(decoding: queue.bytes) == .denied(attempt: attempt))
        }
        #expect(try far.receive(into: &queue) == .nothing)
    }

    @Test func aFullSocketRefusesWithoutWaiting() throws {
        let ends = try SeqPacketSocket.pair()
        let near = SeqPacketSocket(owning: ends.0)
        let far = SeqPacketSocket(owning: ends.1)
        var queue = ByteQueue()
        queue.append(raw: [UInt8](repeating: 1, count: SeqPacketSocket.messageLimit).span.bytes)
        var sent = 0
        while try near.send(queue) { sent += 1 }
        #expect(sent > 0)
        while try far.receive(into: &queue) == .message { sent -= 1 }
        #expect(sent == 0)
    }

    @Test func anOversizedMessageIsAnErrorAtEitherEnd() throws {
        let ends = try SeqPacketSocket.pair()
        let near = SeqPacketSocket(owning: ends.0)
        let far = SeqPacketSocket(owning: ends.1)
        let bytes = [UInt8](repeating: 1, count: SeqPacketSocket.messageLimit + 1)
        var queue = ByteQueue()
        queue.append(raw: bytes.span.bytes)
        #expect(throws: ControlError.oversized) { _ = try near.send(queue) }
        #expect(write(near.descriptor, bytes, bytes.count) == bytes.count)
        #expect(throws: ControlError.oversized) { _ = try far.receive(into: &queue) }
    }

    @Test func theEndOfTheOtherSideIsSeen() throws {
        let ends = try SeqPacketSocket.pair()
        close(ends.0)
        let far = SeqPacketSocket(owning: ends.1)
        var queue = ByteQueue()
        #expect(try far.receive(into: &queue) == .closed)
        SessionReply.denied(attempt: 1).encode(into: &queue)
        #expect(throws: ControlError.system(call: "sendmsg", errno: EPIPE)) { _ = try far.send(queue) }
    }

    /// One that was installed without being told of would stay open for good.
    @Test func noMoreDescriptorsArriveThanThereIsRoomFor() throws {
        let ends = try SeqPacketSocket.pair()
        let near = SeqPacketSocket(owning: ends.0)
        let far = SeqPacketSocket(owning: ends.1)
        var pipes: [CInt] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        var queue = ByteQueue()
        SessionReply.denied(attempt: 1).encode(into: &queue)
        for _ in 0..<3 { #expect(try near.send(queue, passing: (pipes[1], pipes[1]))) }
        close(pipes[1])
        var passed: (CInt, CInt) = (-1, -1)
        #expect(try far.receive(into: &queue) == .message)
        #expect(try far.receive(into: &queue, passed: &passed.0) == .message)
        close(passed.0)
        #expect(try far.receive(into: &queue, passed: &passed) == .message && passed.0 >= 0 && passed.1 >= 0)
        close(passed.0)
        close(passed.1)
        // Its end is seen only when no copy of the other end is left anywhere.
        var byte: UInt8 = 0
        #expect(fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0 && read(pipes[0], &byte, 1) == 0)
        close(pipes[0])
    }

    @Test func aDescriptorArrivesOnlyWhereItIsWanted() throws {
        let ends = try SeqPacketSocket.pair()
        let near = SeqPacketSocket(owning: ends.0)
        let far = SeqPacketSocket(owning: ends.1)
        var pipe: [CInt] = [-1, -1]
        #expect(Glibc.pipe(&pipe) == 0)
        var queue = ByteQueue()
        SessionReply.end(reason: "").encode(into: &queue)
        for _ in 0..<2 { #expect(try near.send(queue, passing: pipe[1])) }
        close(pipe[1])
        #expect(try far.receive(into: &queue) == .message)
        var passed: CInt = -1
        #expect(try far.receive(into: &queue, passed: &passed) == .message)
        #expect(passed >= 0)
        // With the one received closed again no writer is left: the other one was dropped by the kernel.
        close(passed)
        var byte: UInt8 = 0
        #expect(read(pipe[0], &byte, 1) == 0)
        close(pipe[0])
    }

    @Test func aListeningSocketIsItsOwnersAloneFromTheStart() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "berth-\(UUID().uuidString)").path
        let descriptor = clinux_seqpacket_listen(path)
        defer {
            close(descriptor)
            unlink(path)
        }
        try #require(descriptor >= 0)
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
    }
}
