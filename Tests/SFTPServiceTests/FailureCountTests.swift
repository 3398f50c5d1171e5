import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// What is counted of requests that fail.
@Suite struct FailureCountTests {
    /// What was counted, as `operation status`: how often.
    private func counts(_ session: Session) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        session.server.failures.forEach { counts["\($0) \($1)"] = $2 }
        return counts
    }

    @Test func eachIsCountedByWhatItWasToDoAndItsStatus() throws {
        let session = try Session()
        session.scratch.directory("home/d")
        session.scratch.file("home/d/f", "x")
        let (d, missing) = ("/d".bytes, "/missing".bytes)
        let file = try session.open("/d/f", .read)
        let directory = try #require(try session.send(Packet.paths(.opendir, d)).string)
        let none = FileAttributes()
        var permissions = FileAttributes()
        permissions.permissions = 0o600
        let requests: [(String, [UInt8])] = [
            ("open noSuchFile", Packet.open(missing, .read)),
            ("close noSuchFile", Packet.handle(.close, [1, 2, 3])),
            ("read failure", Packet.read(directory, at: 0, 9)),
            ("write failure", Packet.write(directory, at: 0, [1])),
            ("write noSuchFile", Packet.write(file, at: 0, [1])),
            ("stat noSuchFile", Packet.paths(.stat, missing)), ("stat noSuchFile", Packet.paths(.lstat, missing)),
            ("stat failure", Packet.handle(.fstat, directory)),
            ("setstat noSuchFile", Packet.path(.setstat, missing, permissions)),
            ("list noSuchFile", Packet.paths(.opendir, missing)), ("list failure", Packet.handle(.readdir, file)),
            ("remove noSuchFile", Packet.paths(.remove, missing)), ("mkdir failure", Packet.path(.mkdir, d, none)),
            ("rmdir failure", Packet.paths(.rmdir, d)), ("path noSuchFile", Packet.paths(.readlink, missing)),
            ("rename noSuchFile", Packet.paths(.rename, missing, "/new".bytes)),
            (
                "rename noSuchFile",
                Packet.extended("posix-rename@openssh.com") {
                    $0.append(string: missing)
                    $0.append(string: "/new".bytes)
                }
            ),
            ("symlink failure", Packet.paths(.symlink, "x".bytes, d)),
            (
                "hardlink noSuchFile",
                Packet.extended("hardlink@openssh.com") {
                    $0.append(string: missing)
                    $0.append(string: "/new".bytes)
                }
            ),
            ("fsync noSuchFile", Packet.extended("fsync@openssh.com") { $0.append(string: [1]) }),
            ("stat badMessage", Packet.paths(.stat, "/a\0b".bytes)),
            ("other unsupported", Packet.extended("nothing@example.com") { _ in }),
            ("other unsupported", Packet.make(PacketType(rawValue: 99), id: 7)),
            ("other badMessage", Packet.make(.extended, id: 7)),
        ]
        var expected: [String: UInt64] = [:]
        for (kind, packet) in requests {
            #expect(try session.status(packet) != .ok, "\(kind)")
            expected[kind, default: 0] += 1
            #expect(counts(session) == expected, "\(kind)")
        }
        #expect(session.server.failures.total == UInt64(requests.count))
    }

    @Test func whatSucceedsAndWhatEndsIsNoFailure() throws {
        let session = try Session()
        try session.put("/f", [1, 2, 3])
        _ = try session.list("/")
        let file = try session.open("/f", .read)
        #expect(try session.status(Packet.read(file, at: 3, 9)) == .endOfFile)
        #expect(session.server.failures == FailureCounts())
    }

    /// A copy is answered some time after it was asked for.
    @Test func aCopyThatFailsIsCountedAsOne() throws {
        let session = try Session()
        session.scratch.file("home/a", String(repeating: "x", count: 1_000))
        let source = try session.open("/a", .read), target = try session.open("/a", .read)
        let copy = Packet.extended("copy-data") {
            $0.append(string: source)
            $0.append(0 as UInt64)
            $0.append(0 as UInt64)
            $0.append(string: target)
            $0.append(0 as UInt64)
        }
        #expect(try session.status(copy) == .failure)
        #expect(counts(session) == ["copy failure": 1])
    }

    @Test func thoseOfChannelsAddUp() throws {
        let (first, second) = (try Session(), try Session())
        for session in [first, first, second] { _ = try session.send(Packet.paths(.stat, "/missing".bytes)) }
        _ = try second.send(Packet.paths(.remove, "/missing".bytes))
        var sum = first.server.failures
        sum.add(second.server.failures)
        #expect(sum.total == 4 && sum[.stat, .noSuchFile] == 3 && sum[.remove, .noSuchFile] == 1)
    }
}
