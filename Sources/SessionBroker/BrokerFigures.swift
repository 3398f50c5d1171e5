/// What the broker has at the moment.
public struct BrokerFigures: Sendable, Equatable {
    /// Sessions that are open, logged in or not.
    public var openSessions = 0
    /// Those that are logged in.
    public var loggedInSessions = 0
    /// Blocks that hold.
    public var blocks = 0
}
