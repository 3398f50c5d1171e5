import SSHWire

/// copy-data: draft-ietf-secsh-filexfer-extensions-00 section 7.
public struct CopyDataRequest {
    /// The file to read.
    public let source: WireHandle
    /// Where to read, in bytes from the start.
    public let sourceOffset: UInt64
    /// How many bytes to copy; 0 means until the end of the file.
    public let length: UInt64
    /// The file to write.
    public let target: WireHandle
    /// Where to write, in bytes from the start.
    public let targetOffset: UInt64

    /// Parses what follows the extension's name.
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        source = try reader.readHandle()
        sourceOffset = try reader.readUInt64()
        length = try reader.readUInt64()
        target = try reader.readHandle()
        targetOffset = try reader.readUInt64()
    }
}
