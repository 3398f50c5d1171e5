import SSHWire

/// What answers on a channel: bytes in, bytes out.
public protocol ChannelService: AnyObject {
    /// Handles what it can of `input`, consumes it there and appends its answers to `output`. It stops when `input`
    /// holds no whole request, or when `output` holds more than it should. It must consume something whenever `input`
    /// holds more than ``ConnectionLimits/inputBound`` and `output` less than ``ConnectionLimits/outputBound``.
    func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServiceProgress

    /// The client sends nothing more: called once, after the last ``serve(input:output:)``.
    func inputEnded()
}

/// How far a service came.
public enum ServiceProgress: Equatable, Sendable {
    /// It needs more input.
    case needsInput
    /// It needs room in the output.
    case outputFull
    /// It is at work on a request that takes long: it is called again soon, even if nothing comes or goes meanwhile.
    case working
    /// It may go on only later: it is called again then.
    case waiting(milliseconds: Int)
    /// It is over; the channel is closed once the output is sent. The reason tells what the client did wrong.
    case ended(reason: String)
}
