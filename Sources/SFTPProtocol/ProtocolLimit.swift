/// Limits of the protocol as Berth speaks it; clients can ask for them with limits@openssh.com.
public enum ProtocolLimit {
    /// The protocol version, the only one spoken.
    public static let version: UInt32 = 3
    /// The longest packet, without its own length: what OpenSSH's client and server accept. The draft asks for 34,000.
    public static let packetBytes = 256 * 1024
    /// The most bytes that one READ returns. The rest of a packet is room for its header, as in OpenSSH.
    public static let readBytes = packetBytes - 1024
    /// The most bytes that one WRITE should carry. What fits in a packet is taken.
    public static let writeBytes = packetBytes - 1024
    /// The longest handle: draft section 6.2.
    public static let handleBytes = 256
    /// The most extended attributes in one ATTRS.
    public static let extendedAttributes: UInt32 = 1024
}
