/// What is fuzzed: each target takes any bytes at all and checks rules on what the code under test makes of them.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// Parsers and writers of SFTP packets, and the queue they live in.
    case codec
    /// A whole SFTP server over a scratch directory.
    case handler
    /// Messages between the processes, and what is read of a client's first bytes.
    case messages

    /// Runs one input.
    ///
    /// - Throws: ``Finding`` for a broken rule. Traps and memory errors end the process, as they should.
    public func run(_ input: [UInt8], scratch: HandlerScratch) throws {
        switch self {
        case .codec: try CodecRun(input).run()
        case .handler: try HandlerRun(input, scratch: scratch).run()
        case .messages: try MessagesRun(input).run()
        }
    }
}
