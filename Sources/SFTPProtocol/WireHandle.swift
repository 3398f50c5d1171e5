import SSHWire

/// A handle as Berth makes them: 8 bytes, the slot in the session's table and the generation of what is in it.
///
/// A generation is never given twice on a channel, nor in an order that can be foretold, so a handle that was closed,
/// guessed or made up names nothing.
public struct WireHandle: Equatable, Hashable, Sendable {
    /// Place in the session's table.
    public let slot: UInt32
    /// Which of the files that were in the slot one after the other; 0 is none of them.
    public let generation: UInt32

    /// That slot and generation.
    public init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// Reads it out of a handle string; a string of another length gives one that names nothing.
    public init(_ bytes: RawSpan) {
        guard bytes.byteCount == 8 else {
            self.init(slot: .max, generation: 0)
            return
        }
        self.init(
            slot: UInt32(bigEndian: bytes.unsafeLoadUnaligned(as: UInt32.self)),
            generation: UInt32(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    }

    /// Appends the handle string.
    public func append(to queue: inout ByteQueue) {
        queue.append(8 as UInt32)
        queue.append(slot)
        queue.append(generation)
    }
}
