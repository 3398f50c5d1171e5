import CAllocationCounter
import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// Large and many: what the protocol's limits and Linux's allow is served, and what is beyond is said.
@Suite struct LimitTests {
    @Test func theLargestRequestsAreServedWhole() throws {
        let session = try Session()
        var random = SplitMix64(seed: 5)
        let content = random.bytes(2 * ProtocolLimit.writeBytes)
        let handle = try session.open("/a", [.read, .write, .create])
        for half in 0..<2 {
            let offset = half * ProtocolLimit.writeBytes
            let part = Array(content[offset..<(offset + ProtocolLimit.writeBytes)])
            #expect(try session.status(Packet.write(handle, at: UInt64(offset), part)) == .ok)
        }
        #expect(session.scratch.content("home/a") == content)
        for length in [UInt32(ProtocolLimit.readBytes), 262_144, .max] {
            let data = try session.send(Packet.read(handle, at: 0, length)).string
            #expect(data == Array(content[..<ProtocolLimit.readBytes]), "never more than fits, and never less")
        }
        // A WRITE that fills the longest packet there is.
        let room = ProtocolLimit.packetBytes - (Packet.write(handle, at: 0, []).count - 4)
        #expect(try session.status(Packet.write(handle, at: 7, Array(content[..<room]))) == .ok)
        #expect(session.scratch.content("home/a").map { Array($0[7..<(7 + room)]) } == Array(content[..<room]))
    }

    @Test func hundredsOfRequestsMayBeOutstanding() throws {
        let session = try Session()
        try session.put("/a", [UInt8](repeating: 7, count: 100_000))
        let handle = try session.open("/a", [.read, .write])
        var requests: [UInt8] = []
        for id in 0..<2_000 as Range<UInt32> {
            switch id % 4 {
            case 0: requests += Packet.read(handle, at: UInt64(id), 32_768, id: id)
            case 1: requests += Packet.write(handle, at: UInt64(id), [UInt8(truncatingIfNeeded: id)], id: id)
            case 2: requests += Packet.paths(.stat, "/a".bytes, id: id)
            default: requests += Packet.handle(.fstat, handle, id: id)
            }
        }
        var (replies, result) = session.exchange(requests)
        while result == .outputFull {
            let (more, next) = session.exchange([])
            replies += more
            result = next
        }
        #expect(replies.map(\.id) == Array(0..<2_000), "in the order in which they came")
        #expect(replies.allSatisfy { $0.status ?? .ok == .ok } && result == .needsInput)
        #expect(session.scratch.content("home/a").map { $0[1_997] } == UInt8(truncatingIfNeeded: 1_997))
    }

    /// The issue is the memory: what a READDIR asks for must not depend on how large the directory is.
    @Test(.enabled(if: allocation_count() >= 0)) func aDirectoryOf100000EntriesIsListedInConstantMemory() throws {
        let session = try Session()
        let count = 100_000
        session.scratch.directory("home/many")
        // Names of two files: made faster than files, and no file may have as many on ext4.
        for file in ["one", "other"] { session.scratch.file("home/" + file) }
        for number in 0..<count {
            let file = session.scratch.host(number % 2 == 0 ? "home/one" : "home/other")
            #expect(link(file, session.scratch.host("home/many/entry \(number)")) == 0)
        }
        let handle = try #require(try session.send(Packet.paths(.opendir, "/many".bytes)).string)
        var input = ByteQueue(), output = ByteQueue(capacity: 256 * 1024)
        let request = Packet.handle(.readdir, handle)
        var entries = 0, allocations: [Int] = []
        while true {
            input.append(raw: request.span.bytes)
            let before = allocation_count()
            _ = session.server.serve(input: &input, output: &output)
            allocations.append(allocation_count() - before)
            let reply = try #require(ParsedReply.all(in: [UInt8](output.bytes)).replies.first)
            output.consume(output.count)
            guard let names = reply.names else {
                #expect(reply.status == .endOfFile)
                break
            }
            entries += names.count
        }
        #expect(entries == count + 2 && allocations.count > count / 340)
        // The first may size the queues; from then on the thousandth asks for no more than the second.
        #expect(
            allocations.dropFirst(2).allSatisfy { $0 <= allocations[1] }, "\(allocations.max() ?? 0) in one READDIR")
    }

    @Test(arguments: [1, 250]) func furtherRepliesHoldMoreEntriesWhereTheseAreShort(padding: Int) throws {
        let session = try Session()
        session.scratch.directory("home/many")
        let names = (0..<1_000).map { String(repeating: "n", count: padding) + "\($0)" }
        for name in names { session.scratch.file("home/many/" + name) }
        let handle = try #require(try session.send(Packet.paths(.opendir, "/many".bytes)).string)
        var replies: [ParsedReply] = []
        while true {
            let reply = try session.send(Packet.handle(.readdir, handle))
            guard reply.names != nil else { break }
            replies.append(reply)
        }
        let counts = replies.map { $0.names?.count ?? 0 }
        #expect(counts.first == 100, "the first comes as soon as OpenSSH's")
        if padding == 1 {
            #expect(counts.dropFirst().dropLast().allSatisfy { $0 > 200 })
            #expect(replies.allSatisfy { $0.body.count + 9 <= 32 * 1024 })
        } else {
            #expect(counts.dropLast().allSatisfy { $0 == 100 })
        }
        let listed = replies.flatMap { $0.names ?? [] }.map(\.name)
        #expect(listed.count == 1_002 && Set(listed) == Set((names + [".", ".."]).map(\.bytes)))
    }

    @Test func namesMayHoldAnyByteThatLinuxAllows() throws {
        let session = try Session()
        let every = (1...255).filter { $0 != 0x2f } as [UInt8]
        for name in [every, Array(every.reversed()), [UInt8](repeating: 0xff, count: 255), Array(every.prefix(31))] {
            let handle = try #require(try session.send(Packet.open(name, [.write, .create])).string)
            #expect(try session.status(Packet.write(handle, at: 0, name)) == .ok)
            #expect(try session.status(Packet.handle(.close, handle)) == .ok)
            #expect(try session.send(Packet.paths(.realpath, name)).names?.first?.name == "/".bytes + name)
            #expect(try session.send(Packet.paths(.stat, name)).attributes?.size == UInt64(name.count))
            let (other, posix) = (Array(name.dropLast()) + "x".bytes, "posix-rename@openssh.com")
            let rename = Packet.extended(posix) {
                $0.append(string: name)
                $0.append(string: other)
            }
            #expect(try session.status(rename) == .ok)
            let entry = try session.list("/").first { $0.name == other }
            #expect(entry?.longName.suffix(other.count) == other[...], "as it is, at the end of the line")
            let message = try #require(try session.send(Packet.paths(.stat, name)).message)
            #expect(message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 })
            #expect(try session.status(Packet.paths(.remove, other)) == .ok)
        }
    }

    /// The process's descriptors are one lot for all channels: a bound of each would not keep the sum below it.
    @Test func theChannelsOfASessionShareWhatMayBeOpen() throws {
        let allowance = HandleAllowance(limit: 5)
        let one = try Session(allowance: allowance)
        let other = try Session(one.scratch, allowance: allowance)
        let handles = try ["/a", "/b", "/c"].map { try one.open($0, [.write, .create]) }
        _ = try other.open("/d", [.write, .create])
        let listing = try #require(try other.send(Packet.paths(.opendir, "/".bytes)).string)
        for session in [one, other] {
            let reply = try session.send(Packet.open("/new".bytes, [.write, .create]))
            #expect(reply.status == .failure && reply.message == "Too many open files and directories: /new")
            #expect(try session.status(Packet.paths(.opendir, "/".bytes)) == .failure)
        }
        #expect(!one.scratch.exists("home/new"))
        #expect(try other.status(Packet.handle(.close, listing)) == .ok)
        #expect(try other.status(Packet.handle(.close, listing)) == .noSuchFile, "and gives nothing back twice")
        _ = try one.open("/e", [.write, .create])
        #expect(try other.status(Packet.open("/new".bytes, [.write, .create])) == .failure)
        one.server.inputEnded()
        #expect(try one.status(Packet.handle(.close, handles[0])) == .noSuchFile)
        for name in ["1", "2", "3", "4"] { _ = try other.open(name, [.write, .create]) }
        #expect(try other.status(Packet.open("/new".bytes, [.write, .create])) == .failure)
        #expect(other.server.openHandles == 5 && one.server.openHandles == 0)
    }

    @Test func anyVersionIsAnsweredWithThree() throws {
        for version in [0, 1, 2, 3, 4, 5, 6, 7, 100, .max] as [UInt32] {
            let session = try Session(initialized: false)
            let reply = try session.send(Packet.initialize(version: version))
            #expect(reply.type == .version && reply.id == 3)
            #expect(try session.send(Packet.paths(.stat, "/".bytes)).type == .attrs)
        }
    }

    /// A file that a handle made keeps its directory open, to sync it.
    @Test func aThousandNewFilesMayBeOpenAtOnce() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let session = try Session()
        session.scratch.directory("home/in")
        let handles = try (0..<1_000).map { try session.open("/in/\($0)", [.write, .create]) }
        #expect(Set(handles).count == 1_000)
        for (number, handle) in handles.enumerated().reversed() {
            #expect(try session.status(Packet.write(handle, at: 0, "\(number)".bytes)) == .ok)
        }
        session.server.inputEnded()
        #expect(session.scratch.content("home/in/0") == "0".bytes)
        #expect(session.scratch.content("home/in/999") == "999".bytes)
    }
}
