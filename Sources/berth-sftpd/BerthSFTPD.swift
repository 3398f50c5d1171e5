import Glibc
import SSHTransport

@main struct BerthSFTPD {
    static func main() {
        print("x", getpid())
    }
}
