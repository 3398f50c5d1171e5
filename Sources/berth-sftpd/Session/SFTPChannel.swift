import SFTPService
import SSHTransport
import SSHWire

/// An SFTP server on a channel.
final class SFTPChannel: ChannelService {
    let server: SFTPServer

    init(server: SFTPServer) {
        self.server = server
    }

    func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServiceProgress {
        switch server.serve(input: &input, output: &output) {
        case .needsInput: .needsInput
        case .outputFull: .outputFull
        case .ended(let violation): .ended(reason: "\(violation)")
        }
    }

    func inputEnded() {
        let failures = server.inputEnded()
        if failures > 0 {
            Log()(.error, "files could not be finished when the client left", ["files": "\(failures)"])
        }
    }
}
