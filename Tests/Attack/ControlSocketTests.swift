import Foundation
import Glibc
import ServiceTestSupport
import SessionControl
import Testing

extension Attack {
    /// The ends of the control link as another user of the host would have them, who got at its place all the same.
    @Suite(.enabled(if: geteuid() == 0)) struct ControlSocketTests {
        private static let stranger = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

        /// Runs Python as another user.
        private static func asStranger(_ program: String, _ path: String) throws -> Command.Result {
            try Command.run(
                stranger[0],
                Array(stranger.dropFirst()) + [Programs.python, "-c", "import socket, sys\n" + program, path])
        }

        @Test func `nobody else is taken for the listener`() throws {
            let plane = try DataPlane()
            let daemon = try Daemon(settings: plane.settings, dataPlane: plane)
            let user = try daemon.api.createUser(home: "/a")
            let path = plane.directory.file("control.sock")
            chmod(plane.directory.path, 0o755)
            chmod(path, 0o666)
            let connect = """
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.settimeout(5)
                s.connect(sys.argv[1])
                print(s.recv(10))
                """
            #expect(try Self.asStranger(connect, path).output == "b''", "\(daemon.log.text)")
            #expect(daemon.log.waitForLine(containing: "a stranger tried to be the listener") != nil)
            #expect(!daemon.log.text.contains("another listener connected"))
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `nobody else is taken for the broker`() throws {
            let place = try Workspace()
            chmod(place.path, 0o777)
            let path = place.file("control.sock")
            let listen = """
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.bind(sys.argv[1])
                s.listen()
                print("listening", flush=True)
                sys.stdin.read()
                """
            let output = try LineLog()
            let (input, hold) = try Descriptors.pipe()
            let rogue = try ChildProcess(
                Self.stranger[0],
                Array(Self.stranger.dropFirst()) + [Programs.python, "-c", "import socket, sys\n" + listen, path],
                environment: Command.environment(), input: input, output: output.writeEnd, error: output.writeEnd)
            defer {
                close(hold)
                rogue.end()
            }
            close(input)
            close(output.writeEnd)
            #expect(output.waitForLine(containing: "listening") != nil, "\(output.text)")
            #expect(throws: ControlError.system(call: "connect", errno: EPERM)) {
                _ = try SeqPacketSocket(connectingTo: path)
            }
        }
    }
}
