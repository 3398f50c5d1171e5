import SFTPProtocol

/// Why ``SFTPServer/serve(input:output:)`` stopped.
public enum ServeResult: Equatable, Sendable {
    /// Every whole packet was answered.
    case needsInput
    /// The output queue has reached its bound; call again when some of it is gone.
    case outputFull
    /// The stream can't be trusted any longer: send what is in the output queue, close the channel, and call
    /// ``SFTPServer/inputEnded()``.
    case ended(ProtocolViolation)
}
