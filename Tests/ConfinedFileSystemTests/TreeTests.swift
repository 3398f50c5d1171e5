import Glibc
import SFTPTestSupport
import Testing

@testable import ConfinedFileSystem

@Suite final class TreeTests {
    let scratch = ScratchDirectory()
    let files: ConfinedDirectory
    let ownership = DirectoryOwnership(mode: 0o750)

    init() throws {
        files = try ConfinedDirectory(opening: scratch.path)
    }

    @Test func missingDirectoriesAreMadeAndNamed() throws {
        let made = try files.makeDirectories("/a/b//c/".utf8.span.bytes, ownership: ownership, durably: true)
        #expect(made == ["/a".bytes, "/a/b".bytes, "/a/b/c".bytes])
        #expect(scratch.status("a/b/c").map { $0.mode & 0o7777 } == 0o750)
        let more = try files.makeDirectories("/a/b/d".utf8.span.bytes, ownership: ownership, durably: true)
        #expect(more == ["/a/b/d".bytes])
        #expect(try files.makeDirectories("/a/b".utf8.span.bytes, ownership: ownership, durably: true).isEmpty)
        #expect(try files.makeDirectories("/".utf8.span.bytes, ownership: ownership, durably: true).isEmpty)
    }

    @Test func theUmaskDoesNotMatter() throws {
        _ = try files.makeDirectories(
            "open".utf8.span.bytes, ownership: DirectoryOwnership(mode: 0o777), durably: false)
        #expect(scratch.status("open").map { $0.mode & 0o7777 } == 0o777)
    }

    @Test func aGroupIsGivenOn() throws {
        let group = getgid()
        _ = try files.makeDirectories(
            "shared/in".utf8.span.bytes, ownership: DirectoryOwnership(mode: 0o770, group: group), durably: true)
        #expect(scratch.status("shared").map { $0.mode & 0o7777 } == 0o2770)
        #expect(try files.status(of: "shared/in".utf8.span.bytes, followLinks: false).group == group)
    }

    @Test func onlyEmptyDirectoriesAreTakenBack() throws {
        let made = try files.makeDirectories("a/b/c".utf8.span.bytes, ownership: ownership, durably: true)
        scratch.file("a/kept")
        files.removeEmptyDirectories(made, durably: true)
        #expect(scratch.exists("a/kept"))
        #expect(!scratch.exists("a/b"))
    }

    @Test func whatFailsLeavesNothing() throws {
        scratch.directory("a")
        scratch.file("a/file")
        scratch.link("link", to: "a")
        #expect(throws: Errno.notDirectory) {
            try files.makeDirectories("a/file/b".utf8.span.bytes, ownership: ownership, durably: true)
        }
        #expect(throws: Errno.tooManyLinks) {
            try files.makeDirectories("link/b".utf8.span.bytes, ownership: ownership, durably: true)
        }
        #expect(throws: Errno.noSuchFile) {
            try files.makeDirectories("n/.berth/b".utf8.span.bytes, ownership: ownership, durably: true)
        }
        #expect(throws: Errno.nameTooLong) {
            let long = "n/" + String(repeating: "x", count: 256)
            _ = try files.makeDirectories(long.utf8.span.bytes, ownership: ownership, durably: true)
        }
        #expect(throws: Errno.invalidArgument) {
            try files.makeDirectories("n/../m".utf8.span.bytes, ownership: ownership, durably: true)
        }
        #expect(!scratch.exists("n") && !scratch.exists("a/b") && !scratch.exists("m"))
    }

    @Test func aHomeIsNotReachedThroughLinks() throws {
        scratch.directory("real")
        scratch.link("link", to: "real")
        #expect(throws: Errno.tooManyLinks) { _ = try files.directory(at: "link".utf8.span.bytes, followLinks: false) }
        _ = try files.directory(at: "link".utf8.span.bytes, followLinks: true)
        _ = try files.directory(at: "/real".utf8.span.bytes, followLinks: false)
    }
}
