import CLinux
import Glibc
import SSHTransport
import SessionControl

/// What a forked session begins with, and how it becomes one: nothing of the listener is left but this.
struct SessionStart {
    let id: SessionID
    let peer: PeerAddress
    let parent: pid_t
    /// The client's connection, the session's end of the pair to the broker, and the end of the pipe that is written to.
    let socket: CInt
    let control: CInt
    let output: CInt
    let sandbox: Sandbox
    let server: SSHServer
    let configuration: DataPlaneConfiguration

    /// Descriptors as they stand in every session; all others are closed.
    private enum Place: CInt {
        case socket = 3
        case control, buckets
        /// The last: where there is none, nothing is there.
        case emptyRoot
    }

    /// The number of the client's connection in every session.
    static let socketPlace = Place.socket.rawValue

    /// Becomes the session. Never returns.
    func run() -> Never {
        clinux_signals_unblock()
        guard arrangeDescriptors() else { _exit(Self.failed) }
        let placed = Sandbox(
            layers: sandbox.layers, emptyRoot: sandbox.emptyRoot < 0 ? -1 : Place.emptyRoot.rawValue,
            buckets: Place.buckets.rawValue)
        let control: CInt
        do throws(SandboxError) {
            control = try placed.enterPreAuthentication(line: Place.control.rawValue, endingWith: parent)
        } catch {
            Log()(.error, "can't confine a session", ["step": error.step, "error": describe(error.errno)])
            _exit(Self.failed)
        }
        SessionProcess(control: control, peer: peer, sandbox: placed, configuration: configuration)
            .run(socket: Place.socket.rawValue, server: server)
        // Nothing is to be undone that the kernel doesn't undo.
        _exit(0)
    }

    private static let failed: CInt = 70

    /// Moves each descriptor to its place, by way of numbers that no place has.
    private func arrangeDescriptors() -> Bool {
        // In the order of their places, from standard output on.
        var wanted = [output, output, socket, control, sandbox.buckets]
        if sandbox.emptyRoot >= 0 { wanted.append(sandbox.emptyRoot) }
        var place = STDOUT_FILENO
        for descriptor in wanted.map({ clinux_duplicate_from($0, 64) }) {
            guard descriptor >= 0, dup2(descriptor, place) == place else { return false }
            place += 1
        }
        return clinux_close_from(UInt32(place)) == 0
    }
}
