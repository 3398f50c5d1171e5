import SSHWire

/// A source whose connections the listener refuses for some time.
public struct AddressBlock: Hashable, Sendable {
    /// Who is blocked.
    public let source: AddressSource
    /// Seconds from now; 0 ends the block.
    public let seconds: UInt32

    /// Blocks in one message.
    public static let countLimit = 512

    /// A block.
    public init(source: AddressSource, seconds: UInt32) {
        self.source = source
        self.seconds = seconds
    }

    func encode(into queue: inout ByteQueue) {
        queue.append(source: source)
        queue.append(seconds)
    }

    @_lifetime(members: copy members)
    init(members: inout WireReader) throws(WireError) {
        source = try members.readSource()
        seconds = try members.readUInt32()
    }
}

extension ByteQueue {
    /// A count and as many blocks.
    mutating func append(blocks: [AddressBlock]) { append(counted: blocks) { $1.encode(into: &$0) } }
}

extension WireReader {
    /// A count and as many blocks, at most ``AddressBlock/countLimit``.
    @_lifetime(self: copy self)
    mutating func readBlocks() throws(WireError) -> [AddressBlock] {
        try readCounted(limit: AddressBlock.countLimit) { (reader) throws(WireError) in
            try AddressBlock(members: &reader)
        }
    }
}
