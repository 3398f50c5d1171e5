import Foundation
import Glibc
import ServiceTestSupport

/// OpenSSH's own sftp-server in a chroot: what a server is expected to answer about links.
///
/// The program finds its libraries in a mount of the host's root, at `.sys` in the chroot, that it alone sees.
enum ChrootedPeer {
    private static let server = "/usr/lib/openssh/sftp-server"
    private static let loader: String? = [
        "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1",
    ].first { access($0, X_OK) == 0 }

    /// Whether it can be had: mounts need root.
    static var isPossible: Bool { geteuid() == 0 && access(server, X_OK) == 0 && loader != nil }

    /// A channel to a server whose root is `directory`, which has an /etc/passwd.
    static func open(in directory: String) throws -> SFTPOverSSH {
        let script = """
            set -e
            mkdir -p "$1/.sys"
            mount --bind / "$1/.sys"
            libraries=/.sys/usr/lib/$(uname -m)-linux-gnu
            exec chroot "$1" "/.sys$(readlink -f "$2")" --library-path "$libraries" "/.sys$3" -u 0027
            """
        return try SFTPOverSSH(
            program: "unshare", ["--mount", "sh", "-c", script, "sh", directory, loader ?? "", server])
    }
}
