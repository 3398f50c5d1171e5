import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import ConfinedFileSystem
@testable import SFTPService

/// copy-data.
@Suite struct CopyTests {
    private func copy(
        _ source: [UInt8], at offset: UInt64 = 0, _ length: UInt64 = 0, to target: [UInt8],
        there targetOffset: UInt64 = 0,
        id: UInt32 = 7
    ) -> [UInt8] {
        Packet.extended("copy-data", id: id) {
            $0.append(string: source)
            $0.append(offset)
            $0.append(length)
            $0.append(string: target)
            $0.append(targetOffset)
        }
    }

    /// A session with the file /a of 1,000 random bytes, open for reading, and the empty /b, open for writing.
    private func files() throws -> (session: Session, content: [UInt8], source: [UInt8], target: [UInt8]) {
        let session = try Session()
        var random = SplitMix64(seed: 3)
        let content = random.bytes(1_000)
        try session.put("/a", content)
        let source = try session.open("/a", .read), target = try session.open("/b", [.write, .create])
        return (session, content, source, target)
    }

    @Test func aWholeFileAndPartsAreCopied() throws {
        let (session, content, source, target) = try files()
        #expect(try session.status(copy(source, to: target)) == .ok)
        #expect(session.scratch.content("home/b") == content)
        #expect(try session.status(copy(source, at: 100, 50, to: target, there: 2_000)) == .ok)
        var expected = content + [UInt8](repeating: 0, count: 1_000)
        expected += content[100..<150]
        #expect(session.scratch.content("home/b") == expected)
        #expect(try session.status(copy(source, at: 990, 0, to: target)) == .ok)
        expected.replaceSubrange(0..<10, with: content[990...])
        #expect(session.scratch.content("home/b") == expected)
        #expect(try session.status(copy(source, at: 5_000, 0, to: target)) == .ok, "nothing is left to copy")
        #expect(session.events.take().map(\.kind) == [.closedAfterWrite], "of a, which was put")
        #expect(try session.status(Packet.handle(.close, target)) == .ok)
        #expect(try session.status(Packet.handle(.close, source)) == .ok)
        #expect(session.events.take().map(\.kind) == [.closedAfterWrite, .closedAfterRead])
    }

    @Test func aShortCopyIsNotAcknowledgedAsWhole() throws {
        let (session, content, source, target) = try files()
        #expect(try session.status(copy(source, 1_001, to: target)) == .endOfFile)
        #expect(session.scratch.content("home/b") == content)
        #expect(try session.status(copy(source, at: 1_000, 1, to: target)) == .endOfFile)
        #expect(try session.status(copy(source, at: 1_000, .max, to: target)) == .endOfFile)
        #expect(try session.status(copy(source, 1_000, to: target)) == .ok)
    }

    @Test func aFileIsNotCopiedToItself() throws {
        let (session, content, source, target) = try files()
        let same = try session.open("/a", [.read, .write])
        #expect(try session.status(copy(same, to: same)) == .failure)
        #expect(try session.status(copy(source, at: 0, 10, to: same, there: 500)) == .failure)
        let link = Packet.extended("hardlink@openssh.com") {
            $0.append(string: "/a")
            $0.append(string: "/linked")
        }
        #expect(try session.status(link) == .ok)
        let linked = try session.open("/linked", .write)
        let reply = try session.send(copy(source, to: linked))
        #expect(reply.status == .failure && reply.message == "A file can't be copied to itself: /linked")
        #expect(session.scratch.content("home/a") == content)
        #expect(try session.status(copy(source, to: target)) == .ok)
    }

    @Test func handlesAndOffsetsAreChecked() throws {
        let (session, content, source, target) = try files()
        let directory = try session.open("/", .read)
        let listing = try #require(try session.send(Packet.paths(.opendir, "/".bytes)).string)
        let refused: [([UInt8], [UInt8])] = [
            ([9], target), (source, [9]), (listing, target), (source, listing), (directory, target),
        ]
        for (from, to) in refused { #expect(try session.status(copy(from, 10, to: to)) == .failure) }
        #expect(try session.status(copy(target, 10, to: source)) == .noSuchFile)
        let other = try session.open("/c", [.read, .create])
        #expect(try session.status(copy(source, to: other)) == .noSuchFile, "not open for writing")
        #expect(try session.status(copy(target, to: try session.open("/d", [.write, .create]))) == .noSuchFile)
        #expect(try session.status(copy(source, at: .max, to: target)) == .badMessage)
        #expect(try session.status(copy(source, to: target, there: .max)) == .badMessage)
        #expect(try session.status(copy(source, at: 1 << 63, 1, to: target)) == .badMessage)
        #expect(try session.status(copy(source, 1, to: target, there: UInt64(Int64.max))) != .ok)
        #expect(session.scratch.content("home/b") == [] && session.scratch.content("home/a") == content)
        let whole = copy(source, to: target)
        for count in 9..<whole.count {
            var cut = Array(whole.prefix(count))
            cut.replaceSubrange(0..<4, with: [0, 0, 0, UInt8(count - 4)])
            let reply = try session.send(cut)
            #expect(reply.status == .badMessage || reply.status == .unsupported)
        }
    }

    @Test func appendingIgnoresTheTargetsOffset() throws {
        let (session, content, source, _) = try files()
        let appended = try session.open("/b", [.write, .append])
        for offset in [0, 5, UInt64.max] {
            #expect(try session.status(copy(source, at: 0, 10, to: appended, there: offset)) == .ok)
        }
        let once = Array(content[..<10])
        #expect(session.scratch.content("home/b") == once + once + once)
    }

    @Test func withoutTheKernelsHelpTheCopyIsTheSame() throws {
        let scratch = ScratchDirectory()
        scratch.file("a", String(repeating: "0123456789", count: 20_000))
        let root = try ConfinedDirectory(opening: scratch.path)
        let source = try root.openFile("a".bytes.span.bytes, .read, mode: 0, durably: false)
        // copy_file_range(2) refuses a file that is opened for appending.
        let target = try root.openFile("b".bytes.span.bytes, [.write, .append, .create], mode: 0o600, durably: false)
        var copied = 0
        while true {
            let count = try source.copy(upTo: 1 << 30, at: UInt64(copied), to: target, at: 0)
            #expect(count <= 65_536)
            guard count > 0 else { break }
            copied += count
        }
        #expect(copied == 200_000 && scratch.content("b") == scratch.content("a"))
    }

    @Test func aLongCopyGivesTheSessionItsTurnAndAnswersStayInOrder() throws {
        let session = try Session { $0.durability = .never }
        let size: UInt64 = 100 << 20
        let source = try session.open("/a", [.read, .write, .create])
        #expect(try session.status(Packet.write(source, at: size - 4, "last".bytes)) == .ok)
        let target = try session.open("/b", [.read, .write, .create])
        var (replies, result) = session.exchange(
            copy(source, to: target, id: 21) + Packet.handle(.fstat, target, id: 22)
                + Packet.handle(.close, target, id: 23))
        var turns = 1
        while result == .working {
            #expect(replies.isEmpty && session.server.openHandles == 2, "what follows waits")
            (replies, result) = session.exchange([])
            turns += 1
        }
        #expect(turns >= 100 / 8 && result == .needsInput)
        #expect(replies.map(\.id) == [21, 22, 23] && replies.first?.status == .ok)
        #expect(replies[1].attributes?.size == size)
        #expect(session.scratch.content("home/b")?.suffix(4) == "last".bytes[...])
    }

    @Test func aClientThatLeavesEndsItsCopy() throws {
        let session = try Session { $0.durability = .never }
        let source = try session.open("/a", [.read, .write, .create])
        #expect(try session.status(Packet.write(source, at: 1 << 40, [1])) == .ok)
        let target = try session.open("/b", [.write, .create])
        let (replies, result) = session.exchange(copy(source, to: target))
        #expect(replies.isEmpty && result == .working)
        #expect(session.server.inputEnded() == 0 && session.server.openHandles == 0)
        #expect(session.exchange([]).result == .needsInput)
    }
}
