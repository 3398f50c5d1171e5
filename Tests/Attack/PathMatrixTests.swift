import CAttack
import ConfinedFileSystem
import Foundation
import Glibc
import SFTPTestSupport
import Testing

@testable import berth_sftpd

/// A path that a hostile client sends to read the neighbour's secret.
private struct HostilePath {
    let name: String
    let path: [UInt8]
    /// The single layers that stop it.
    var stoppedBy: Set<Defence> = [.openat2, .chroot, .landlock]
}

extension Attack {
    /// A hostile client's paths × layer, with the other layers off: openat2 by ``ConfinedDirectory`` without any sandbox, the
    /// others with a plain open(2) of what the client sent.
    @Suite(.serialized, .enabled(if: geteuid() == 0)) struct PathMatrixTests {
        @Test func `a path that leads out of the home is stopped by each layer that is about paths`() throws {
            let ground = try Ground()
            Self.makeLinks(ground)
            for path in Self.paths(ground) {
                for defence in [Defence.none, .openat2, .chroot, .landlock, .seccomp] {
                    let end = Self.open(path.path, behind: defence, ground)
                    #expect(end != .notConfined, "\(path.name), \(defence)")
                    #expect(
                        end.isSuccess != path.stoppedBy.contains(defence),
                        "\(path.name) with the layer \(defence): \(end)")
                }
            }
        }

        /// Opens and reads in a child that has a /proc in its home, as an operator may have mounted one.
        private static func open(_ path: [UInt8], behind defence: Defence, _ ground: Ground) -> Ground.End {
            let layers = defence == .openat2 ? nil : defence.layers
            return ground.child(layers, prepare: { cattack_mount_proc("\(ground.path)/buckets/a/p") == 0 }) { home in
                if defence == .openat2 {
                    let files = ConfinedDirectory(descriptor: home)
                    guard let file = try? files.openFile(path.span.bytes, .read, mode: 0, durably: false) else {
                        return false
                    }
                    var bytes = [UInt8](repeating: 0, count: 100)
                    let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }) ?? 0
                    return bytes[..<count].elementsEqual(Ground.secret.utf8)
                }
                return (path + [0]).withUnsafeBufferPointer { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { text in
                        text.baseAddress.map { Ground.isSecret(openat(home, $0, O_RDONLY)) } ?? false
                    }
                }
            }
        }

        private static func makeLinks(_ ground: Ground) {
            let home = "\(ground.path)/buckets/a"
            mkdir("\(home)/p", 0o755)
            for (name, target) in [
                ("absolute", ground.secretPath), ("relative", "../b/secret"), ("directory", "../b"),
                ("first", "second"), ("second", "x/third"), ("x/third", "../relative"), ("x/up", "../.."),
                ("proc", "/proc/self/root\(ground.secretPath)"), ("above", "../../../../../..\(ground.secretPath)"),
                ("magic", "p/self/root\(ground.secretPath)"), ("here", "x/../."),
            ] { symlink(target, "\(home)/\(name)") }
        }

        private static func paths(_ ground: Ground) -> [HostilePath] {
            let secret = ground.secretPath, descriptor = ground.neighbour
            func path(_ name: String, _ path: String) -> HostilePath { HostilePath(name: name, path: path.bytes) }
            // The longest that the kernel takes.
            let longest = String(repeating: "./", count: (4_095 - "../b/secret".utf8.count) / 2)
            return [
                path("..", "../b/secret"), path(".. behind a directory", "x/../../b/secret"),
                path("many ..", "../../../../../../../..\(secret)"), path("absolute", secret),
                path("absolute with slashes", "///\(secret)"),
                path("absolute link", "absolute"), path("relative link", "relative"),
                path("link to a directory", "directory/secret"), path("link to ..", "x/up/b/secret"),
                path("chain of links", "first"), path("link and ..", "here/../b/secret"),
                path("link with many ..", "above"), path("link to /proc", "proc"),
                path("/proc/self/root", "/proc/self/root\(secret)"),
                path("/proc/self/cwd", "/proc/self/cwd/../b/secret"),
                path("/proc/self/fd", "/proc/self/fd/\(descriptor)/secret"),
                path("/dev/fd", "/dev/fd/\(descriptor)/secret"),
                HostilePath(name: "NUL", path: "../b/secret".bytes + [0] + ".txt".bytes),
                path("4,095 bytes", longest + "../b/secret"),
                path("a /proc in the home, its root", "p/self/root\(secret)"),
                path("link to a /proc in the home", "magic"),
                // A magic link leads where no path does: out of a chroot too, where a descriptor of outside is left.
                HostilePath(
                    name: "a /proc in the home, a descriptor", path: "p/self/fd/\(descriptor)/secret".bytes,
                    stoppedBy: [.openat2, .landlock]),
            ]
        }
    }
}
