import SFTPService
import SSHTransport
import SSHWire

/// An SFTP server on a channel.
final class SFTPChannel: ChannelService {
    let server: SFTPServer
    private let ended: (SFTPChannel) -> Void

    /// - Parameter ended: is called once, when everything that the client left open is closed.
    init(server: SFTPServer, ended: @escaping (SFTPChannel) -> Void = { _ in }) {
        self.server = server
        self.ended = ended
    }

    func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServiceProgress {
        switch server.serve(input: &input, output: &output) {
        case .needsInput: .needsInput
        case .outputFull: .outputFull
        case .working: .working
        case .ended(let violation): .ended(reason: "\(violation)")
        }
    }

    func inputEnded() {
        let failures = server.inputEnded()
        if failures > 0 {
            Log()(.error, "files could not be finished when the client left", ["files": "\(failures)"])
        }
        ended(self)
    }
}
