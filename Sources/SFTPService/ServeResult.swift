import SFTPProtocol

/// Why ``SFTPServer/serve(input:output:)`` stopped.
public enum ServeResult: Equatable, Sendable {
    /// Every whole packet was answered.
    case needsInput
    /// The output queue has reached its bound, or a turn's share of requests is answered: call again when some of the output
    /// is on its way.
    case outputFull
    /// A request that takes long goes on: call again soon, even if nothing came and nothing could be sent.
    case working
    /// The next request waits for the session's rate: call again then, in milliseconds.
    case waiting(milliseconds: Int)
    /// The stream can't be trusted any longer: send what is in the output queue, close the channel, and call
    /// ``SFTPServer/inputEnded()``.
    case ended(ProtocolViolation)
}
