import SFTPProtocol

/// How a session's files are served. Everything here is decided by the control plane.
public struct SFTPOptions: Sendable {
    /// When what a client wrote is made durable.
    public enum Durability: Sendable {
        /// Files before their CLOSE is answered, directories before what changed them is answered.
        case close
        /// When the kernel sees fit (fsync@openssh.com still syncs).
        case never
    }

    /// When what a client wrote is made durable.
    public var durability: Durability = .close
    /// Whether clients may make symbolic links. Those that exist are followed, within the home, either way.
    public var allowsSymbolicLinks = true
    /// Whether clients may change anything.
    public var allowsWriting = true
    /// The most files and directories open at once in the session.
    public var handlesMax = 1024
    /// Bytes in the output queue from which on no further request is answered. One reply, of at most
    /// ``ProtocolLimit/packetBytes``, may go beyond.
    public var outputBound = 256 * 1024
    /// The name that the client logged in with: the only one whose home it is told, which is "/". Empty: none is.
    public var userName: [UInt8] = []
    /// The owner's number and name that clients see of every file, whoever owns it on the host.
    public var shownOwner: (number: UInt32, name: StaticString) = (1000, "partner")
    /// The group's number and name that clients see of every file.
    public var shownGroup: (number: UInt32, name: StaticString) = (1000, "berth")

    /// The defaults.
    public init() {}
}
