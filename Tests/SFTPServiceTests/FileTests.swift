import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

@Suite struct FileTests {
    @Test func whatIsWrittenIsOnDiskAndReadBack() throws {
        let session = try Session()
        var random = SplitMix64(seed: 1)
        let content = random.bytes(700_000)
        let handle = try session.open("/a", [.read, .write, .create])
        for offset in stride(from: 0, to: content.count, by: 250_000) {
            let part = Array(content[offset..<min(offset + 250_000, content.count)])
            #expect(try session.status(Packet.write(handle, at: UInt64(offset), part)) == .ok)
        }
        #expect(session.scratch.content("home/a") == content)
        var read: [UInt8] = []
        while let data = try session.send(Packet.read(handle, at: UInt64(read.count), .max)).string {
            #expect(data.count <= 261_120)
            read += data
        }
        #expect(read == content)
        #expect(try session.status(Packet.read(handle, at: UInt64(read.count), 1)) == .endOfFile)
        #expect(try session.status(Packet.handle(.close, handle)) == .ok)
        #expect(session.server.statistics.bytesRead == 700_000 && session.server.statistics.bytesWritten == 700_000)
        let event = try #require(session.events.take().last)
        #expect(event.kind == .closedAfterWrite && event.path == "/a".bytes && event.sizeBytes == 700_000)
    }

    @Test func packetsMayComeInAnyPieces() throws {
        let session = try Session(initialized: false)
        let handle: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        let packets =
            Packet.initialize() + Packet.open("a".bytes, [.write, .create]) + Packet.handle(.fstat, handle)
            + Packet.paths(.stat, "a".bytes, id: 9)
        var replies: [ParsedReply] = []
        for byte in packets {
            let (some, result) = session.exchange([byte])
            #expect(result == .needsInput)
            replies += some
        }
        #expect(replies.map(\.type) == [.version, .handle, .status, .attrs])
        #expect(replies.last?.id == 9)
    }

    @Test func nothingIsAnsweredBeyondTheOutputsBound() throws {
        let session = try Session { $0.outputBound = 1_000_000 }
        try session.put("/a", [UInt8](repeating: 7, count: 255_000))
        let handle = try session.open("/a", .read)
        let reads = (0..<20).flatMap { Packet.read(handle, at: 0, 255_000, id: $0) }
        var (replies, result) = session.exchange(reads)
        #expect(result == .outputFull && replies.count == 4)
        while result == .outputFull {
            let (more, next) = session.exchange([])
            #expect(more.count <= 4)
            replies += more
            result = next
        }
        #expect(replies.map(\.id) == Array(0..<20))
        #expect(replies.allSatisfy { $0.string?.count == 255_000 })
    }

    @Test func everyWayToOpen() throws {
        let session = try Session()
        try session.put("/a", "old".bytes)
        #expect(try session.status(Packet.open("/missing".bytes, .read)) == .noSuchFile)
        #expect(try session.status(Packet.open("/missing".bytes, .write)) == .noSuchFile)
        #expect(try session.status(Packet.open("/a".bytes, [.write, .create, .exclusive])) == .failure)
        #expect(try session.status(Packet.open("/".bytes, .write)) == .failure)
        #expect(try session.status(Packet.open("/a/".bytes, [.write, .create])) == .failure)
        _ = try session.open("/a", [.write, .create])
        #expect(session.scratch.content("home/a") == "old".bytes)
        _ = try session.open("/b", [.write, .create, .exclusive])
        _ = try session.open("/a", [.write, .truncate])
        #expect(session.scratch.content("home/a") == [])
        let directory = try session.open("/", .read)
        #expect(try session.status(Packet.read(directory, at: 0, 10)) == .failure)
        #expect(
            try session.send(Packet.handle(.fstat, directory)).attributes?.permissions.map { $0 & 0o170000 } == 0o040000
        )
    }

    @Test func noFileIsMadeThroughALinkThatEndsInASlash() throws {
        let session = try Session()
        session.scratch.link("home/slashed", to: "none/")
        let reply = try session.send(Packet.open("/slashed".bytes, [.write, .create]))
        #expect(reply.status == .failure && reply.message == "Is a directory: /slashed")
        #expect(!session.scratch.exists("home/none"))
    }

    @Test func appendingIgnoresTheOffset() throws {
        let session = try Session()
        try session.put("/a", "one".bytes)
        let handle = try session.open("/a", [.write, .append])
        for (offset, text) in [(0, "two"), (1, "three"), (UInt64.max, "four")] as [(UInt64, String)] {
            #expect(try session.status(Packet.write(handle, at: offset, text.bytes)) == .ok)
        }
        #expect(session.scratch.content("home/a") == "onetwothreefour".bytes)
    }

    @Test func offsetsAndModesOfAccessAreChecked() throws {
        let session = try Session()
        try session.put("/a", "content".bytes)
        let reading = try session.open("/a", .read)
        let writing = try session.open("/a", .write)
        #expect(try session.status(Packet.write(reading, at: 0, [1])) == .noSuchFile)
        #expect(try session.status(Packet.read(writing, at: 0, 1)) == .noSuchFile)
        #expect(try session.status(Packet.read(reading, at: .max, 1)) == .badMessage)
        #expect(try session.status(Packet.write(writing, at: .max, [1])) == .badMessage)
        #expect(try session.status(Packet.read(reading, at: 1_000_000, 1)) == .endOfFile)
        for offset in [0, 100, 1 << 62, (1 << 63) - 1] as [UInt64] {
            #expect(try session.send(Packet.read(reading, at: offset, 0)).string == [])
        }
        #expect(try session.status(Packet.read(reading, at: 1 << 62, 1)) == .endOfFile)
        #expect(try session.status(Packet.read(reading, at: 1 << 63, 0)) == .badMessage)
        #expect(try session.status(Packet.write(writing, at: 0, [])) == .ok)
        #expect(session.scratch.content("home/a") == "content".bytes)
    }

    @Test func sparseAndLargeFiles() throws {
        let session = try Session()
        let handle = try session.open("/a", [.read, .write, .create])
        let offset: UInt64 = 5 << 30
        #expect(try session.status(Packet.write(handle, at: offset, "end".bytes)) == .ok)
        #expect(try session.send(Packet.handle(.fstat, handle)).attributes?.size == offset + 3)
        #expect(try session.send(Packet.read(handle, at: offset, 10)).string == "end".bytes)
        #expect(try session.send(Packet.read(handle, at: 1 << 31, 4)).string == [0, 0, 0, 0])
    }

    @Test func closedAndMadeUpHandlesNameNothing() throws {
        let session = try Session()
        let handle = try session.open("/a", [.read, .write, .create])
        #expect(try session.status(Packet.handle(.close, handle)) == .ok)
        let second = try session.open("/b", [.read, .write, .create])
        #expect(second != handle && second.prefix(4) == handle.prefix(4), "the slot is used again, the handle is not")
        var forged: [[UInt8]] = [
            handle, [], [0], Array(second.dropLast()), second + [0], [UInt8](repeating: 0, count: 300),
        ]
        for bit in 0..<64 {
            var flipped = second
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            forged.append(flipped)
        }
        for handle in forged {
            #expect(try session.status(Packet.handle(.close, handle)) == .noSuchFile)
            #expect(try session.status(Packet.read(handle, at: 0, 1)) == .failure)
            #expect(try session.status(Packet.write(handle, at: 0, [1])) == .failure)
            #expect(try session.status(Packet.handle(.fstat, handle)) == .failure)
            #expect(try session.status(Packet.handle(.readdir, handle)) == .failure)
            #expect(try session.status(Packet.fsetstat(handle, FileAttributes())) == .failure)
        }
        #expect(session.scratch.content("home/a") == [] && session.scratch.content("home/b") == [])
        #expect(try session.status(Packet.handle(.readdir, second)) == .failure)
    }

    @Test func aThousandHandlesAndAClearErrorBeyond() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let session = try Session()
        try session.put("/a", [1])
        var handles: Set<[UInt8]> = []
        for _ in 0..<1024 { handles.insert(try session.open("/a", .read)) }
        #expect(handles.count == 1024)
        let reply = try session.send(Packet.open("/new".bytes, [.write, .create]))
        #expect(reply.status == .failure && reply.message == "Too many open files and directories: /new")
        #expect(try session.status(Packet.paths(.opendir, "/".bytes)) == .failure)
        #expect(!session.scratch.exists("home/new"))
        for handle in handles.prefix(2) { #expect(try session.status(Packet.handle(.close, handle)) == .ok) }
        _ = try session.open("/new", [.write, .create])
        #expect(session.server.openHandles == 1023)
    }

    @Test func whoLeavesWithoutCloseLosesNothing() throws {
        let session = try Session()
        let handle = try session.open("/a", [.write, .create])
        #expect(try session.status(Packet.write(handle, at: 0, "kept".bytes)) == .ok)
        #expect(session.events.take().isEmpty)
        #expect(session.server.inputEnded() == 0)
        #expect(session.server.openHandles == 0)
        #expect(session.events.take().map(\.kind) == [.closedAfterWrite])
        #expect(session.scratch.content("home/a") == "kept".bytes)
    }

    @Test func aFullDiskIsSaidAndNeverAcknowledged() throws {
        // RLIMIT_FSIZE stands in for the full disk: the kernel writes a part and then refuses.
        signal(SIGXFSZ, SIG_IGN)
        let session = try Session()
        let handle = try session.open("/a", [.write, .create])
        var old = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
        var small = old
        // No other test of this process writes beyond this at the same offset: it is far out.
        let bound = 8 << 40
        small.rlim_cur = rlim_t(bound)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old) }
        let reply = try session.send(Packet.write(handle, at: UInt64(bound - 10), [UInt8](repeating: 1, count: 100)))
        #expect(reply.status == .failure && reply.message == "File too large: /a")
        #expect(session.server.statistics.bytesWritten == 0)
    }
}
