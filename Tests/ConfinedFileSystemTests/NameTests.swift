import Glibc
import SFTPTestSupport
import Testing

@testable import ConfinedFileSystem

/// Operations on names answer as the kernel does for the same path, whatever form the path has.
@Suite final class NameTests {
    let scratch = ScratchDirectory()
    let files: ConfinedDirectory

    init() throws {
        files = try ConfinedDirectory(opening: scratch.path)
        scratch.file("file", "content")
        scratch.directory("directory")
        scratch.file("directory/inner")
        scratch.directory("empty")
        scratch.link("link", to: "file")
        scratch.link("directorylink", to: "directory")
        scratch.link("dangling", to: "missing")
    }

    static let paths = [
        "file", "file/", "directory", "directory/", "directory//", "empty", "empty/", "link", "link/",
        "directorylink", "directorylink/", "dangling", "dangling/", "missing", "missing/", "missing/x", "file/x",
        "directory/inner", "directorylink/inner", "directory/.", "directory/..", ".", "..", "./", "directory/new",
    ]

    /// The errno of a call that returns -1 on failure.
    private func code(_ result: CInt) -> CInt { result == 0 ? 0 : errno }

    private func code(_ body: () throws(Errno) -> Void) -> CInt {
        do throws(Errno) {
            try body()
            return 0
        } catch {
            return error.rawValue
        }
    }

    /// Runs one test's twin: the kernel's own call in `other`, a second directory with the same content.
    private func compare(
        _ path: String, _ ours: () throws(Errno) -> Void, kernel: (String) -> CInt
    ) throws {
        let twin = try NameTests()
        let expected = code(kernel(twin.scratch.path + "/" + path))
        #expect(code(ours) == expected, "\(path): \(Errno(rawValue: expected))")
    }

    @Test(arguments: paths) func makingDirectories(path: String) throws {
        let bytes = path.bytes
        try compare(path, { () throws(Errno) in try files.makeDirectory(bytes.span.bytes, mode: 0o755, durably: true) })
        {
            mkdir($0, 0o755)
        }
    }

    // The twin's root is no root to the kernel, so the paths that mean the root are not compared here.
    @Test(arguments: paths.filter { ![".", "..", "./"].contains($0) }) func removingDirectories(path: String) throws {
        let bytes = path.bytes
        try compare(path, { () throws(Errno) in try files.removeDirectory(bytes.span.bytes, durably: true) }) {
            rmdir($0)
        }
    }

    @Test(arguments: paths) func removingFiles(path: String) throws {
        let bytes = path.bytes
        try compare(path, { () throws(Errno) in try files.removeFile(bytes.span.bytes, durably: true) }) { unlink($0) }
    }

    @Test(arguments: paths) func makingLinks(path: String) throws {
        let bytes = path.bytes
        try compare(
            path,
            { () throws(Errno) in
                try files.makeSymbolicLink(bytes.span.bytes, to: "any/.berth/where".utf8.span.bytes, durably: true)
            }
        ) { symlink("any", $0) }
    }

    @Test(arguments: paths) func hardLinks(path: String) throws {
        let bytes = path.bytes
        try compare(
            path,
            { () throws(Errno) in
                try files.makeHardLink(bytes.span.bytes, to: "file".utf8.span.bytes, durably: true)
            }
        ) { link($0.prefix(upTo: $0.index($0.endIndex, offsetBy: -path.count)) + "file", $0) }
    }

    @Test(arguments: paths) func hardLinksOf(path: String) throws {
        let bytes = path.bytes
        try compare(
            path,
            { () throws(Errno) in
                try files.makeHardLink("second".utf8.span.bytes, to: bytes.span.bytes, durably: true)
            }
        ) { link($0, $0.prefix(upTo: $0.index($0.endIndex, offsetBy: -path.count)) + "second") }
    }

    @Test(arguments: paths.filter { ![".", "..", "./"].contains($0) }) func renamingFrom(path: String) throws {
        let bytes = path.bytes
        try compare(
            path,
            { () throws(Errno) in
                try files.rename(bytes.span.bytes, to: "moved".utf8.span.bytes, replacing: true, durably: true)
            }
        ) { rename($0, $0.prefix(upTo: $0.index($0.endIndex, offsetBy: -path.count)) + "moved") }
    }

    @Test(arguments: paths, ["file", "empty", "link"]) func renamingTo(path: String, source: String) throws {
        let bytes = path.bytes
        try compare(
            path,
            { () throws(Errno) in
                try files.rename(source.utf8.span.bytes, to: bytes.span.bytes, replacing: true, durably: false)
            }
        ) { rename($0.prefix(upTo: $0.index($0.endIndex, offsetBy: -path.count)) + source, $0) }
    }

    @Test(
        arguments: paths,
        [
            OpenOptions.read, .write, [.write, .create], [.read, .create], [.write, .create, .exclusive],
            [.write, .truncate], [.write, .create, .truncate], [.write, .append],
        ])
    func opening(path: String, options: OpenOptions) throws {
        let bytes = path.bytes
        var flags = options.flags
        if options.contains(.create) { flags |= O_CREAT }
        if options.contains(.exclusive) { flags |= O_EXCL }
        try compare(
            path,
            { () throws(Errno) in
                _ = try files.openFile(bytes.span.bytes, options, mode: 0o644, durably: false)
            }
        ) { path in
            let descriptor = open(path, flags, 0o644)
            if descriptor >= 0 { close(descriptor) }
            return min(descriptor, 0)
        }
    }

    @Test(arguments: paths) func lookingAt(path: String) throws {
        let bytes = path.bytes
        var status = stat()
        for followLinks in [true, false] {
            try compare(
                path,
                { () throws(Errno) in
                    _ = try files.status(of: bytes.span.bytes, followLinks: followLinks)
                }
            ) { followLinks ? stat($0, &status) : lstat($0, &status) }
        }
    }

    @Test func theRootCannotBeChanged() {
        for path in ["/", "//"] {
            let bytes = path.bytes
            #expect(code { () throws(Errno) in try files.removeDirectory(bytes.span.bytes, durably: false) } == EBUSY)
            #expect(code { () throws(Errno) in try files.removeFile(bytes.span.bytes, durably: false) } == EISDIR)
            #expect(
                code { () throws(Errno) in try files.makeDirectory(bytes.span.bytes, mode: 0o700, durably: false) }
                    == EEXIST)
            #expect(
                code { () throws(Errno) in
                    try files.rename(bytes.span.bytes, to: "x".utf8.span.bytes, replacing: true, durably: false)
                } == EBUSY)
        }
    }

    @Test(arguments: ["file", "directory", "link", "dangling", "empty"])
    func aRenameThatMayNotReplaceReplacesNothing(target: String) throws {
        for source in ["file", "directory", "link"] {
            #expect(throws: Errno.fileExists) {
                try files.rename(source.utf8.span.bytes, to: target.utf8.span.bytes, replacing: false, durably: true)
            }
        }
        try files.rename("file".utf8.span.bytes, to: "free".utf8.span.bytes, replacing: false, durably: true)
        #expect(scratch.content("free") == "content".bytes && !scratch.exists("file"))
    }

    @Test func aFileSystemWithoutAtomicRenameIsServedByLinks() throws {
        let root = files.rawDescriptor
        try files.renameByLink("file", in: root, to: "free", in: root)
        #expect(scratch.content("free") == "content".bytes && !scratch.exists("file"))
        #expect(throws: Errno.fileExists) { try files.renameByLink("free", in: root, to: "link", in: root) }
        #expect(throws: Errno.fileExists) { try files.renameByLink("empty", in: root, to: "directory", in: root) }
        try files.renameByLink("directory", in: root, to: "moved", in: root)
        #expect(scratch.exists("moved/inner"))
    }
}
