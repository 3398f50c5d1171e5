import CAttack
import CLinux
import Glibc
import Testing

@testable import berth_sftpd

extension Attack {
    /// Links of a /proc that somebody mounted in a home: they lead to where no path does (symlink(7), "Magic links").
    ///
    /// ``ConfinedDirectory`` opens with all of these rules. RESOLVE_NO_SYMLINKS covers magic links by its definition, and
    /// RESOLVE_IN_ROOT by what kernels do so far (openat2(2)), so RESOLVE_NO_MAGICLINKS stops nothing that the others let
    /// through: it says what is meant, should one of the others go.
    @Suite(.serialized, .enabled(if: geteuid() == 0)) struct MagicLinkTests {
        private static let rules = [
            (clinux_RESOLVE_IN_ROOT, EXDEV), (clinux_RESOLVE_NO_SYMLINKS, ELOOP), (clinux_RESOLVE_NO_MAGICLINKS, ELOOP),
        ]

        @Test(arguments: ["root", "cwd/../b/secret", "fd"])
        func `a magic link is stopped by each of three rules of openat2`(link: String) throws {
            let ground = try Ground()
            mkdir("\(ground.path)/buckets/a/p", 0o755)
            let path =
                switch link {
                case "root": "p/self/root\(ground.secretPath)"
                case "fd": "p/self/fd/\(ground.neighbour)/secret"
                default: "p/self/\(link)"
                }
            func open(_ rules: UInt64, failsWith code: CInt?) -> Ground.End {
                ground.child(nil, prepare: { cattack_mount_proc("\(ground.path)/buckets/a/p") == 0 }) { home in
                    let descriptor = clinux_openat2(home, path, UInt64(O_RDONLY), 0, rules)
                    guard let code else { return Ground.isSecret(descriptor) }
                    return descriptor < 0 && errno == code
                }
            }
            #expect(open(0, failsWith: nil) == .succeeded, "it leads nowhere: this shows nothing")
            for (rule, code) in Self.rules { #expect(open(rule, failsWith: code) == .succeeded, "rule \(rule)") }
        }
    }
}
