import Glibc
import SFTPTestSupport
import Testing

@testable import ConfinedFileSystem

@Suite final class AttributeTests {
    let scratch = ScratchDirectory()
    let files: ConfinedDirectory

    init() throws {
        files = try ConfinedDirectory(opening: scratch.path)
        scratch.file("file", "content")
        scratch.directory("directory")
        scratch.link("link", to: "file")
    }

    private func mode(_ name: String) -> UInt32? { scratch.status(name).map { $0.mode & 0o7777 } }

    @Test func modesAreMasked() throws {
        var changes = AttributeChanges()
        changes.mode = 0o106_755
        try files.setAttributes(changes, of: "file".utf8.span.bytes, followLinks: true)
        #expect(mode("file") == 0o755)
        try files.makeDirectory("made".utf8.span.bytes, mode: 0o7700, durably: true)
        #expect(mode("made") == 0o700)
        let file = try files.openFile("new".utf8.span.bytes, [.write, .create], mode: 0o107_640, durably: true)
        #expect(mode("new") == 0o640)
        try file.setAttributes(changes)
        #expect(mode("new") == 0o755)
    }

    @Test func aDirectoryKeepsTheBitThatGivesItsGroupOn() throws {
        chmod(scratch.host("directory"), 0o2775)
        var changes = AttributeChanges()
        changes.mode = 0o700
        try files.setAttributes(changes, of: "directory/".utf8.span.bytes, followLinks: true)
        #expect(mode("directory") == 0o2700)
        try files.makeDirectory("directory/inner".utf8.span.bytes, mode: 0o755, durably: true)
        #expect(mode("directory/inner") == 0o2755)
    }

    @Test func kernelsWithoutTheNewCallChangeModesOfOpenFiles() throws {
        try files.setModeByOpening(0o600, "file")
        #expect(mode("file") == 0o600)
        try files.setModeByOpening(0o711, "directory")
        #expect(mode("directory") == 0o711)
    }

    @Test func sizeAndTimesAreSet() throws {
        var changes = AttributeChanges()
        changes.sizeBytes = 3
        changes.times = (1_000, 4_000_000_000)
        try files.setAttributes(changes, of: "link".utf8.span.bytes, followLinks: true)
        let status = try files.status(of: "file".utf8.span.bytes, followLinks: false)
        #expect(status.accessSeconds == 1_000 && status.modificationSeconds == 4_000_000_000)
        #expect(scratch.content("file") == "con".bytes)
        changes.sizeBytes = nil
        changes.times = (5, 6)
        try files.setAttributes(changes, of: "link".utf8.span.bytes, followLinks: false)
        #expect(try files.status(of: "link".utf8.span.bytes, followLinks: false).modificationSeconds == 6)
        #expect(try files.status(of: "link".utf8.span.bytes, followLinks: true).modificationSeconds == 4_000_000_000)
    }

    @Test func everyStepIsTakenAndTheLastFailureTold() throws {
        var changes = AttributeChanges()
        changes.sizeBytes = 3
        changes.mode = 0o711
        #expect(throws: Errno.isDirectory) {
            try files.setAttributes(changes, of: "directory".utf8.span.bytes, followLinks: true)
        }
        #expect(mode("directory") == 0o711)
        changes.sizeBytes = .max
        #expect(throws: Errno.invalidArgument) {
            try files.setAttributes(changes, of: "file".utf8.span.bytes, followLinks: true)
        }
    }
}
