import SFTPProtocol
import SFTPService
import SSHTransport
import SSHWire

/// An SFTP server on a channel.
final class SFTPChannel: ChannelService {
    let server: SFTPServer
    private let brokeOff: (ProtocolViolation) -> Void
    private let ended: (SFTPChannel) -> Void

    /// - Parameters:
    ///   - brokeOff: is called when the client's requests can't be followed any longer.
    ///   - ended: is called once, when everything that the client left open is closed.
    init(
        server: SFTPServer, brokeOff: @escaping (ProtocolViolation) -> Void = { _ in },
        ended: @escaping (SFTPChannel) -> Void = { _ in }
    ) {
        self.server = server
        self.brokeOff = brokeOff
        self.ended = ended
    }

    func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServiceProgress {
        switch server.serve(input: &input, output: &output) {
        case .needsInput: .needsInput
        case .outputFull: .outputFull
        case .working: .working
        case .waiting(let milliseconds): .waiting(milliseconds: milliseconds)
        case .ended(let violation): breakOff(violation)
        }
    }

    private func breakOff(_ violation: ProtocolViolation) -> ServiceProgress {
        brokeOff(violation)
        return .ended(reason: "\(violation)")
    }

    func inputEnded() {
        let failures = server.inputEnded()
        if failures > 0 {
            Log()(.error, "files could not be finished when the client left", ["files": "\(failures)"])
        }
        ended(self)
    }
}
