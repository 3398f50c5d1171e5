import ConfinedFileSystem
import Foundation
import Glibc
import SFTPTestSupport
import Testing

@testable import berth_sftpd

/// Something that a hostile client asks for about a path outside of its home, other than reading a file.
private struct HostileRequest {
    let name: String
    /// What of the neighbour's it is about; empty for the directory itself.
    let target: String
    /// Whether a link at the end of a path is followed.
    var followsLast = false
    /// The single layers that stop it.
    var stoppedBy: Set<Defence> = [.openat2, .chroot, .landlock]
    /// As bare system calls, which follow whatever the kernel follows.
    let plainly: (UnsafePointer<CChar>) -> Void
    /// As the server does it.
    let served: (borrowing ConfinedDirectory, RawSpan) throws(Errno) -> Void
}

extension Attack {
    /// What ``PathMatrixTests`` is for reading, for all that changes something, and for lists: a hostile client's paths × layer,
    /// with the other layers off.
    @Suite(.serialized, .enabled(if: geteuid() == 0)) struct ChangeMatrixTests {
        @Test func `nothing outside of the home is changed or listed: each layer that is about paths stops it`() throws
        {
            let ground = try Ground()
            let neighbour = "\(ground.path)/buckets/c"
            let home = "\(ground.path)/buckets/a"
            symlink("../c", "\(home)/relative")
            symlink(neighbour, "\(home)/absolute")
            for request in Self.requests() {
                for path in Self.paths(to: request, of: neighbour, home) {
                    for defence in [Defence.none, .openat2, .chroot, .landlock] {
                        try? FileManager.default.removeItem(atPath: neighbour)
                        let canary = try Canary(at: neighbour, files: ["secret"])
                        for name in ["own", "second"] { unlink("\(home)/\(name)") }
                        close(open("\(home)/own", O_WRONLY | O_CREAT, 0o600))
                        let end = Self.attempt(request, path, behind: defence, ground)
                        #expect(end != .notConfined, "\(request.name), \(path), \(defence)")
                        #expect(
                            canary.harm().isEmpty == request.stoppedBy.contains(defence),
                            "\(request.name) of \(path) with the layer \(defence)")
                    }
                }
            }
        }

        /// Whether it worked is seen by what became of the neighbour's.
        private static func attempt(
            _ request: HostileRequest, _ path: String, behind defence: Defence, _ ground: Ground
        ) -> Ground.End {
            ground.child(defence == .openat2 ? nil : defence.layers) { home in
                if defence == .openat2 {
                    try? request.served(ConfinedDirectory(descriptor: home), path.bytes.span.bytes)
                } else {
                    request.plainly(path)
                }
                return false
            }
        }

        private static func paths(to request: HostileRequest, of neighbour: String, _ home: String) -> [String] {
            let target = request.target
            let ways = ["../c", neighbour, "x/../../c", "relative", "absolute", "absolute/../c"]
            let paths = ways.map { target.isEmpty ? $0 : "\($0)/\(target)" }
            guard request.followsLast, !target.isEmpty else { return paths }
            symlink("../c/\(target)", "\(home)/last-\(target)")
            return paths + ["last-\(target)"]
        }

        private static func requests() -> [HostileRequest] {
            let own = "own".bytes, second = "second".bytes
            return files() + [
                HostileRequest(name: "MKDIR", target: "new") {
                    mkdirat(AT_FDCWD, $0, 0o700)
                } served: {
                    (files, path) throws(Errno) in
                    try files.makeDirectory(path, mode: 0o700, durably: false)
                },
                HostileRequest(name: "SYMLINK", target: "new") {
                    symlinkat("x", AT_FDCWD, $0)
                } served: {
                    (files, path) throws(Errno) in
                    try files.makeSymbolicLink(path, to: own.span.bytes, durably: false)
                },
                HostileRequest(name: "hardlink to it", target: "new") {
                    linkat(AT_FDCWD, "own", AT_FDCWD, $0, 0)
                } served: { (files, path) throws(Errno) in
                    try files.makeHardLink(path, to: own.span.bytes, durably: false)
                },
                HostileRequest(name: "hardlink of it", target: "secret") {
                    linkat(AT_FDCWD, $0, AT_FDCWD, "second", 0)
                } served: { (files, path) throws(Errno) in
                    try files.makeHardLink(second.span.bytes, to: path, durably: false)
                },
                HostileRequest(name: "RENAME onto it", target: "secret") {
                    renameat(AT_FDCWD, "own", AT_FDCWD, $0)
                } served: { (files, path) throws(Errno) in
                    try files.rename(own.span.bytes, to: path, replacing: true, durably: false)
                },
                HostileRequest(name: "RENAME of it", target: "secret") {
                    renameat(AT_FDCWD, $0, AT_FDCWD, "second")
                } served: { (files, path) throws(Errno) in
                    try files.rename(path, to: second.span.bytes, replacing: false, durably: false)
                },
                HostileRequest(name: "REMOVE", target: "secret") {
                    unlinkat(AT_FDCWD, $0, 0)
                } served: {
                    (files, path) throws(Errno) in
                    try files.removeFile(path, durably: false)
                },
                HostileRequest(name: "RMDIR", target: "empty") {
                    unlinkat(AT_FDCWD, $0, AT_REMOVEDIR)
                } served: {
                    (files, path) throws(Errno) in
                    try files.removeDirectory(path, durably: false)
                },
                HostileRequest(name: "OPENDIR", target: "") {
                    close(open($0, O_RDONLY | O_DIRECTORY))
                } served: {
                    (files, path) throws(Errno) in
                    _ = try files.openDirectory(path)
                },
            ]
        }

        /// Those about a file's content and attributes.
        private static func files() -> [HostileRequest] {
            func opening(_ name: String, _ target: String, _ options: OpenOptions, _ flags: CInt) -> HostileRequest {
                HostileRequest(name: name, target: target, followsLast: true) {
                    let file = open($0, flags, 0o600)
                    write(file, "x", 1)
                    close(file)
                } served: { (files, path) throws(Errno) in
                    let file = try files.openFile(path, options, mode: 0o600, durably: false)
                    try file.write("x".bytes.span.bytes, at: 0)
                }
            }
            func setting(
                _ name: String, stoppedBy: Set<Defence>, _ changes: AttributeChanges,
                _ plainly: @escaping (UnsafePointer<CChar>) -> Void
            ) -> HostileRequest {
                HostileRequest(
                    name: name, target: "secret", followsLast: true, stoppedBy: stoppedBy, plainly: plainly
                ) { (files, path) throws(Errno) in try files.setAttributes(changes, of: path, followLinks: true) }
            }
            var mode = AttributeChanges(), size = AttributeChanges(), times = AttributeChanges()
            mode.mode = 0o640
            size.sizeBytes = 1
            times.times = (1, 1)
            // Landlock knows nothing of modes and times.
            let byName: Set<Defence> = [.openat2, .chroot]
            return [
                opening("OPEN write", "secret", .write, O_WRONLY),
                opening("OPEN append", "secret", [.write, .append], O_WRONLY | O_APPEND),
                opening("OPEN truncate", "secret", [.write, .truncate], O_WRONLY | O_TRUNC),
                opening("OPEN create", "new", [.write, .create], O_WRONLY | O_CREAT),
                setting("SETSTAT mode", stoppedBy: byName, mode) { fchmodat(AT_FDCWD, $0, 0o640, 0) },
                setting("SETSTAT times", stoppedBy: byName, times) {
                    utimensat(AT_FDCWD, $0, [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)], 0)
                },
                setting("SETSTAT size", stoppedBy: [.openat2, .chroot, .landlock], size) {
                    let file = open($0, O_WRONLY)
                    ftruncate(file, 1)
                    close(file)
                },
            ]
        }
    }
}
