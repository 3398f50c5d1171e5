import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import ConfinedFileSystem
@testable import SFTPService

@Suite struct AttributeTests {
    @Test func attributesAreSetByPathAndByHandle() throws {
        let session = try Session()
        try session.put("/a", "1234567".bytes)
        var attributes = FileAttributes()
        attributes.size = 4
        attributes.permissions = 0o104_640
        attributes.times = .init(access: 5, modification: 4_100_000_000)
        #expect(try session.status(Packet.path(.setstat, "/a".bytes, attributes)) == .ok)
        let handle = try session.open("/a", .read)
        let seen = try #require(try session.send(Packet.handle(.fstat, handle)).attributes)
        #expect(seen.size == 4 && seen.permissions == 0o100_640 && seen.times == attributes.times)
        let writing = try session.open("/a", .write)
        attributes.size = 2
        attributes.permissions = 0o600
        #expect(try session.status(Packet.fsetstat(writing, attributes)) == .ok)
        #expect(session.scratch.content("home/a") == "12".bytes)
        #expect(session.scratch.status("home/a").map { $0.mode & 0o7777 } == 0o600)
        #expect(try session.status(Packet.fsetstat(handle, attributes)) == .badMessage, "not open for writing")
        #expect(try session.status(Packet.path(.setstat, "/none".bytes, attributes)) == .noSuchFile)
    }

    @Test func theOwnerCannotBeChanged() throws {
        let session = try Session()
        try session.put("/a", [])
        var attributes = FileAttributes()
        attributes.owner = .init(user: 0, group: 0)
        #expect(try session.status(Packet.path(.setstat, "/a".bytes, attributes)) == .permissionDenied)
        attributes.owner = .init(user: 1000, group: 1000)
        #expect(try session.status(Packet.path(.setstat, "/a".bytes, attributes)) == .ok)
        attributes.owner = .init(user: 1000, group: 1001)
        #expect(try session.status(Packet.fsetstat(try session.open("/a", .write), attributes)) == .permissionDenied)
    }

    @Test func everyAttributeIsTriedAndTheLastFailureTold() throws {
        let session = try Session()
        try session.put("/a", "content".bytes)
        session.scratch.directory("home/d")
        var attributes = FileAttributes()
        attributes.size = .max
        attributes.owner = .init(user: 0, group: 0)
        #expect(try session.status(Packet.path(.setstat, "/none".bytes, attributes)) == .noSuchFile)
        #expect(try session.status(Packet.path(.setstat, "/a".bytes, attributes)) == .permissionDenied)
        #expect(try session.status(Packet.path(.setstat, "/d".bytes, attributes)) == .permissionDenied)
        attributes.size = 2
        #expect(try session.status(Packet.path(.setstat, "/none".bytes, attributes)) == .noSuchFile)
        let directory = try session.send(Packet.path(.setstat, "/d".bytes, attributes))
        #expect(directory.status == .permissionDenied && directory.message == "Permission denied: /d")
        let reading = try session.open("/a", .read)
        #expect(try session.status(Packet.fsetstat(reading, attributes)) == .permissionDenied)
        attributes.owner = .init(user: 1000, group: 1000)
        #expect(try session.status(Packet.path(.setstat, "/d".bytes, attributes)) == .failure, "the size's")
        #expect(try session.status(Packet.fsetstat(reading, attributes)) == .badMessage)
        #expect(session.scratch.content("home/a") == "content".bytes)
    }

    @Test func changesByPathAndByHandleAreRecordedAlike() throws {
        let session = try Session()
        try session.put("/a", "content".bytes)
        let handle = try session.open("./a", .write)
        _ = session.events.take()
        var attributes = FileAttributes()
        for _ in 0..<2 {
            #expect(try session.status(Packet.path(.setstat, "/a".bytes, attributes)) == .ok)
            let byPath = session.events.take()
            #expect(try session.status(Packet.fsetstat(handle, attributes)) == .ok)
            #expect(session.events.take() == byPath)
            #expect(byPath == (attributes.permissions == nil ? [] : [FileEvent(.attributesChanged, "/a".bytes)]))
            attributes.permissions = 0o600
        }
    }

    @Test func linksAreLookedAtAndSetThemselves() throws {
        let session = try Session()
        try session.put("/a", "123".bytes)
        session.scratch.link("home/link", to: "a")
        let link = try #require(try session.send(Packet.paths(.lstat, "link".bytes)).attributes)
        #expect(link.permissions.map { $0 & S_IFMT } == S_IFLNK)
        #expect(try session.send(Packet.paths(.stat, "link".bytes)).attributes?.size == 3)
        var attributes = FileAttributes()
        attributes.times = .init(access: 1, modification: 2)
        let set = { (attributes: FileAttributes) in
            Packet.extended("lsetstat@openssh.com") { queue in
                queue.append(string: "/link")
                attributes.append(to: &queue)
            }
        }
        #expect(try session.status(set(attributes)) == .ok)
        #expect(try session.send(Packet.paths(.lstat, "link".bytes)).attributes?.times == attributes.times)
        #expect(try session.send(Packet.paths(.stat, "link".bytes)).attributes?.times != attributes.times)
        attributes.size = 0
        #expect(try session.status(set(attributes)) == .badMessage)
        #expect(session.scratch.content("home/a") == "123".bytes)
    }

    @Test func theFileSystemIsDescribedWithoutItsName() throws {
        let session = try Session()
        try session.put("/a", [])
        let handle = try session.open("/a", .read)
        for packet in [
            Packet.extended("statvfs@openssh.com") { $0.append(string: "/") },
            Packet.extended("fstatvfs@openssh.com") { $0.append(string: handle) },
        ] {
            let reply = try session.send(packet)
            #expect(reply.type == .extendedReply && reply.body.count == 11 * 8)
            #expect(reply.body[64..<72].allSatisfy { $0 == 0 }, "f_fsid")
            #expect(reply.body[16..<24].contains { $0 != 0 }, "f_blocks")
        }
        let limits = try session.send(Packet.extended("limits@openssh.com") { _ in })
        var reader = WireReader(limits.body.span.bytes)
        #expect(
            try [reader.readUInt64(), reader.readUInt64(), reader.readUInt64(), reader.readUInt64()]
                == [262_144, 261_120, 261_120, 1024])
    }

    @Test func longNamesAreLinesOfLs() {
        var status = stat()
        status.st_mode = S_IFREG | 0o4751
        status.st_size = 1_234_567
        status.st_nlink = 2
        status.st_mtim.tv_sec = 1_763_916_592
        let line = { (status: stat, now: Int64) in
            var queue = ByteQueue()
            let name = "a b".bytes
            var longName = LongName(options: SFTPOptions(), nowSeconds: now)
            longName.append(name.span.bytes, FileStatus(status), to: &queue)
            return String(decoding: [UInt8](queue.bytes).dropFirst(4), as: UTF8.self)
        }
        #expect(line(status, 1_763_916_593) == "-rwsr-x--x   2 partner  berth     1234567 Nov 23 16:49 a b")
        #expect(line(status, 1_863_916_593) == "-rwsr-x--x   2 partner  berth     1234567 Nov 23  2025 a b")
        #expect(line(status, 1_763_916_000) == "-rwsr-x--x   2 partner  berth     1234567 Nov 23  2025 a b")
        status.st_mode = S_IFDIR | 0o3766
        status.st_mtim.tv_sec = 0
        #expect(line(status, 1_763_916_000) == "drwxrwSrwT   2 partner  berth     1234567 Jan  1  1970 a b")
    }

    @Test func aLineIsTheSameWhateverEntryCameBefore() {
        let now: Int64 = 1_763_916_593
        let halfYear: Int64 = 365 * 24 * 60 * 60 / 2
        // Minutes, years and what counts as recent change between these; before 1970 a minute ends below zero.
        let seconds = [
            now, now + 1, now - 33, now - 34, now - halfYear, now - halfYear + 1, now - halfYear + 60, 0, 59, 60,
            -1, -60, -61, 1_767_225_599, 1_767_225_600, 1 << 48, (1 << 48) + 60, .max, .min, .min + 60,
        ]
        let files = [(S_IFREG | 0o644, 1), (S_IFREG | 0o600, 1), (S_IFDIR | 0o755, 1), (S_IFREG | 0o644, 123_456)]
        let statuses = seconds.flatMap { second in
            files.map { (mode, links) in
                var status = stat()
                status.st_mode = mode
                status.st_nlink = nlink_t(links)
                status.st_mtim.tv_sec = Int(second)
                status.st_size = Int(mode)
                return FileStatus(status)
            }
        }
        let name = "a".bytes
        func lines(_ statuses: [FileStatus]) -> [UInt8] {
            var longName = LongName(options: SFTPOptions(), nowSeconds: now)
            var queue = ByteQueue()
            for status in statuses { longName.append(name.span.bytes, status, to: &queue) }
            return [UInt8](queue.bytes)
        }
        for first in statuses {
            for second in statuses { #expect(lines([first, second]) == lines([first]) + lines([second])) }
        }
    }

    @Test func datesAreThoseOfTheCalendar() {
        var seconds: Int64 = -70_000_000_000
        while seconds < 300_000_000_000 {
            var parts = tm()
            var time = time_t(seconds)
            gmtime_r(&time, &parts)
            let date = CivilDate(secondsSince1970: seconds)
            #expect(
                date.year == Int64(parts.tm_year) + 1900 && date.month == Int(parts.tm_mon) + 1
                    && date.day == Int(parts.tm_mday) && date.hour == Int(parts.tm_hour)
                    && date.minute == Int(parts.tm_min))
            seconds += 38_765_431
        }
        _ = CivilDate(secondsSince1970: .max)
        _ = CivilDate(secondsSince1970: .min)
    }

    /// OpenSSH's `errno_to_portable`, errno by errno; everything else there is FAILURE.
    @Test func everyErrnoIsAnsweredAsOpenSSHAnswersIt() {
        let table: [CInt: StatusCode] = [
            0: .ok, ENOENT: .noSuchFile, ENOTDIR: .noSuchFile, EBADF: .noSuchFile, ELOOP: .noSuchFile,
            EPERM: .permissionDenied, EACCES: .permissionDenied, EFAULT: .permissionDenied,
            ENAMETOOLONG: .badMessage, EINVAL: .badMessage, ENOSYS: .unsupported,
        ]
        for number in 0...4096 as ClosedRange<CInt> {
            let error = Errno(rawValue: number)
            #expect(StatusCode(error) == table[number] ?? .failure, "\(error)")
            #expect(error.statusText.utf8CodeUnitCount > 0)
        }
    }
}
