import Glibc
import SFTPTestSupport
import Testing

@testable import ConfinedFileSystem

/// What a hostile client could try with paths, each denial beside the same operation allowed.
@Suite final class ConfinementTests {
    let outside = ScratchDirectory()
    let files: ConfinedDirectory

    /// `<outside>/root` is the confinement; `<outside>/secret` and `<outside>/rootless` must never be reached.
    init() throws {
        outside.directory("root")
        outside.directory("rootless")
        outside.file("secret", "host")
        outside.directory("root/in")
        outside.file("root/in/a", "partner")
        outside.directory("root/.berth")
        outside.file("root/.berth/staged", "hidden")
        outside.directory("root/in/.berth")
        outside.file("root/in/.berth/staged", "hidden")
        files = try ConfinedDirectory(opening: outside.host("root"))
    }

    private func read(_ path: String) throws(Errno) -> String {
        let bytes = path.bytes
        let file = try files.openFile(bytes.span.bytes, .read, mode: 0, durably: false)
        var content = [UInt8](repeating: 0, count: 100)
        var failure: Errno?
        let count = content.withUnsafeMutableBytes { buffer -> Int in
            do throws(Errno) {
                return try file.read(into: buffer, at: 0)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return String(decoding: content[..<count], as: UTF8.self)
    }

    @Test(arguments: ["in/a", "/in/a", "//in//a", "./in/./a", "in/../in/a", "../in/a", "/../../in/a", "in/../../in/a"])
    func everyPathStartsAndStaysAtTheRoot(path: String) throws {
        #expect(try read(path) == "partner")
    }

    @Test(arguments: [
        "../secret", "/../secret", "in/../../secret", "../../../../../../../../etc/passwd", "/etc/passwd",
    ])
    func dotsDoNotLeaveTheRoot(path: String) {
        #expect(throws: Errno.noSuchFile) { try read(path) }
    }

    @Test func linksInsideAreFollowed() throws {
        outside.link("root/relative", to: "in/a")
        outside.link("root/absolute", to: "/in/a")
        outside.link("root/directory", to: "in")
        outside.link("root/in/up", to: "../../../in")
        outside.link("root/chain", to: "directory/up/../absolute")
        for path in ["relative", "absolute", "directory/a", "in/up/a", "chain", "directory/up/up/a"] {
            #expect(try read(path) == "partner", "\(path)")
        }
    }

    @Test(arguments: ["../secret", "../../secret", "/../secret", "PATH/secret", "in/../../secret"])
    func linksDoNotLeaveTheRoot(target: String) {
        outside.link("root/link", to: target.replacing("PATH", with: outside.path))
        #expect(throws: Errno.noSuchFile) { try read("link") }
        #expect(throws: Errno.noSuchFile) { try read("link/") }
        #expect(throws: Errno.noSuchFile) {
            try files.status(of: "link".utf8.span.bytes, followLinks: true)
        }
        #expect(throws: Never.self) { try files.status(of: "link".utf8.span.bytes, followLinks: false) }
    }

    @Test func aLinkOutOfTheRootMakesNoFileThere() throws {
        outside.link("root/new", to: "../made")
        _ = try files.openFile("new".utf8.span.bytes, [.write, .create], mode: 0o644, durably: true)
        #expect(!outside.exists("made"))
        #expect(outside.exists("root/made"))
    }

    @Test func loopsOfLinksEnd() {
        outside.link("root/one", to: "two")
        outside.link("root/two", to: "one")
        #expect(throws: Errno.tooManyLinks) { try read("one") }
        #expect(throws: Errno.tooManyLinks) { try read("one/x") }
        #expect(throws: Errno.tooManyLinks) {
            _ = try files.openFile("one".utf8.span.bytes, [.write, .create], mode: 0, durably: false)
        }
        #expect(throws: Errno.tooManyLinks) { try files.realpath("one".utf8.span.bytes) }
    }

    @Test func magicLinksLeadNowhere() throws {
        let process = try ConfinedDirectory(opening: "/proc/self")
        for path in ["cwd", "exe", "root/etc", "cwd/.", "fd/0"] {
            #expect(throws: (any Error).self, "\(path)") {
                _ = try process.openFile(path.utf8.span.bytes, .read, mode: 0, durably: false)
            }
        }
        #expect(throws: Never.self) {
            _ = try process.openFile("status".utf8.span.bytes, .read, mode: 0, durably: false)
        }
    }

    @Test func whatIsNoFileIsNotOpened() throws {
        mkfifo(outside.host("root/fifo"), 0o666)
        #expect(throws: Errno.notRegularFile) { try read("fifo") }
        for options in [OpenOptions.write, [.write, .create], [.read, .write], [.read, .create]] as [OpenOptions] {
            #expect(throws: Errno.notRegularFile) {
                _ = try files.openFile("fifo".utf8.span.bytes, options, mode: 0, durably: false)
            }
        }
        #expect(try files.status(of: "fifo".utf8.span.bytes, followLinks: true).kind == .other)
    }

    /// Every way to name the reserved directory or something in it.
    static let reserved = [
        ".berth", "/.berth", ".berth/", "./.berth", "in/../.berth", ".berth/staged", ".berth/..", ".berth/../in/a",
        "in/.berth", "in/.berth/staged", "link", "link/", "link/staged", "deep", "deep/staged", "file", "up/.berth",
    ]

    @Test(arguments: reserved)
    func theReservedNameDoesNotExist(path: String) throws {
        outside.link("root/link", to: ".berth")
        outside.link("root/deep", to: "in/../in/.berth")
        outside.link("root/file", to: "/.berth/staged")
        outside.link("root/up", to: "in/..")
        let bytes = path.bytes
        let isLink = ["link", "deep", "file"].contains(path)
        #expect(throws: Errno.noSuchFile) { try read(path) }
        #expect(throws: Errno.noSuchFile) { try files.status(of: bytes.span.bytes, followLinks: true) }
        #expect(throws: Errno.noSuchFile) { try files.realpath(bytes.span.bytes) }
        #expect(throws: Errno.noSuchFile) { _ = try files.openDirectory(bytes.span.bytes) }
        #expect(throws: Errno.noSuchFile) { try files.fileSystemStatus(of: bytes.span.bytes) }
        #expect(throws: Errno.noSuchFile) { _ = try files.directory(at: bytes.span.bytes, followLinks: true) }
        // As for every path with a slash at the end, O_CREAT says EISDIR before anything is looked up.
        #expect(throws: path == "link/" ? Errno.isDirectory : Errno.noSuchFile) {
            _ = try files.openFile(bytes.span.bytes, [.write, .create], mode: 0o644, durably: false)
        }
        var changes = AttributeChanges()
        changes.mode = 0o777
        #expect(throws: Errno.noSuchFile) {
            try files.setAttributes(changes, of: bytes.span.bytes, followLinks: true)
        }
        guard !isLink else { return }
        #expect(throws: Errno.noSuchFile) { try files.status(of: bytes.span.bytes, followLinks: false) }
        #expect(throws: Errno.noSuchFile) { try files.linkTarget(of: bytes.span.bytes) }
        guard path != "link/" else { return }
        #expect(throws: Errno.noSuchFile) { try files.removeFile(bytes.span.bytes, durably: false) }
        #expect(throws: Errno.noSuchFile) { try files.removeDirectory(bytes.span.bytes, durably: false) }
        #expect(throws: Errno.noSuchFile) { try files.makeDirectory(bytes.span.bytes, mode: 0o777, durably: false) }
        #expect(throws: Errno.noSuchFile) {
            try files.rename(bytes.span.bytes, to: "moved".utf8.span.bytes, replacing: true, durably: false)
        }
        #expect(throws: Errno.noSuchFile) {
            try files.rename("in".utf8.span.bytes, to: bytes.span.bytes, replacing: true, durably: false)
        }
        #expect(throws: Errno.noSuchFile) {
            try files.makeHardLink("hard".utf8.span.bytes, to: bytes.span.bytes, durably: false)
        }
        #expect(throws: Errno.noSuchFile) {
            try files.makeHardLink(bytes.span.bytes, to: "in/a".utf8.span.bytes, durably: false)
        }
        #expect(throws: Errno.noSuchFile) {
            try files.makeSymbolicLink(bytes.span.bytes, to: "in".utf8.span.bytes, durably: false)
        }
        #expect(outside.content("root/.berth/staged") == "hidden".bytes)
        #expect(outside.content("root/in/.berth/staged") == "hidden".bytes)
        #expect(outside.content("root/in/a") == "partner".bytes)
    }

    @Test func theReservedNameIsNotListed() throws {
        for path in [".", "in"] {
            var stream = try files.openDirectory(path.utf8.span.bytes)
            var names: [String] = []
            while try stream.next({ name, _ in names.append(String(decoding: [UInt8](copying: name), as: UTF8.self)) })
            {}
            #expect(!names.contains(".berth"))
            #expect(names.contains("..") && names.contains("."))
        }
    }

    @Test func namesLikeTheReservedOneAreOrdinary() throws {
        for name in [".berth2", ".bert", "berth", ".BERTH", ".berth.", " .berth"] {
            try files.makeDirectory(name.utf8.span.bytes, mode: 0o755, durably: false)
            #expect(outside.exists("root/" + name))
        }
    }

    @Test func pathsThatNoFileCanHaveAreRefused() {
        #expect(throws: Errno.invalidArgument) { try read("in/a\0b") }
        #expect(throws: Errno.nameTooLong) { try read(String(repeating: "a/", count: 2_048)) }
        #expect(throws: Errno.nameTooLong) { try read(String(repeating: "a", count: 256)) }
        #expect(throws: Errno.nameTooLong) { try read(String(repeating: "x", count: 100_000)) }
        #expect(throws: Errno.noSuchFile) { try read(String(repeating: "x/", count: 2_047)) }
    }

    @Test func theRootsParentIsTheRoot() throws {
        var stream = try files.openDirectory("/".utf8.span.bytes)
        let root = try files.status(of: "/".utf8.span.bytes, followLinks: true)
        var parent: FileStatus?
        while try stream.next({ name, status in if name.byteCount == 2 { parent = parent ?? status } }) {}
        #expect(parent?.isSameFile(as: root) == true)
        #expect(try files.status(of: "..".utf8.span.bytes, followLinks: false).isSameFile(as: root))
    }

    /// What somebody else puts into it there, and what is above it there, is not ours to see.
    @Test func aDirectoryThatWasMovedOutOfTheRootHasNoEntries() throws {
        var here = try files.openDirectory("in".utf8.span.bytes)
        var there = try files.openDirectory("in".utf8.span.bytes)
        #expect(try names(&here).sorted() == [".", "..", "a"])
        try #require(rename(outside.host("root/in"), outside.host("moved")) == 0)
        outside.file("moved/theirs")
        #expect(try names(&there).isEmpty)
    }

    private func names(_ stream: inout DirectoryStream) throws(Errno) -> [String] {
        var names: [String] = []
        let root = try files.status(of: "/".utf8.span.bytes, followLinks: false)
        while try stream.next({ name, status in
            let text = String(decoding: [UInt8](copying: name), as: UTF8.self)
            names.append(text)
            if text == ".." { #expect(status.isSameFile(as: root)) }
        }) {}
        return names
    }

    /// What takes a file's name between the look and the opening.
    @Test func aSpecialFileThatComesTooLateForTheLookIsNotWaitedForAndNotGiven() throws {
        mkfifo(outside.host("root/late"), 0o666)
        // For both directions a FIFO is opened at once, whoever waits.
        let opened = try openWithoutLinks(beneath: files.root.rawValue, "late", flags: O_RDWR)
        #expect(fcntl(opened.rawValue, F_GETFL) & O_NONBLOCK != 0)
        var refusal: Errno?
        do throws(Errno) {
            _ = try OpenFile(existing: opened, isDirectoryAllowed: true)
        } catch {
            refusal = error
        }
        #expect(refusal == .notRegularFile)
    }
}
