import SSHWire

/// A reply that is being appended to a queue: its length is filled in when it is finished.
///
/// Made by one of the functions of ``ByteQueue`` that start a reply, and ended by ``ByteQueue/finish(_:)`` or
/// ``ByteQueue/discard(_:)``.
public struct Reply {
    /// Where it starts in the queue.
    let start: Int
}

extension ByteQueue {
    /// Starts a packet: length (filled in later), type, request id.
    public mutating func startReply(_ type: PacketType, to id: UInt32) -> Reply {
        let reply = Reply(start: count)
        append(0 as UInt32)
        append(type.rawValue)
        append(id)
        return reply
    }

    /// Fills in the length of a packet whose last byte was appended.
    public mutating func finish(_ reply: Reply) {
        replaceUInt32(at: reply.start, with: UInt32(clamping: count - reply.start - Frame.lengthBytes))
    }

    /// Takes back what was appended of a packet.
    public mutating func discard(_ reply: Reply) {
        truncate(to: reply.start)
    }

    /// SSH_FXP_VERSION (draft section 4) with the extensions' names and data, in that order.
    public mutating func appendVersion(extensions: some Sequence<(name: StaticString, data: StaticString)>) {
        let start = count
        append(0 as UInt32)
        append(PacketType.version.rawValue)
        append(ProtocolLimit.version)
        for entry in extensions {
            append(string: entry.name)
            append(string: entry.data)
        }
        finish(Reply(start: start))
    }

    /// SSH_FXP_HANDLE.
    public mutating func appendHandle(_ handle: WireHandle, to id: UInt32) {
        let reply = startReply(.handle, to: id)
        handle.append(to: &self)
        finish(reply)
    }

    /// SSH_FXP_ATTRS.
    public mutating func appendAttributes(_ attributes: FileAttributes, to id: UInt32) {
        let reply = startReply(.attrs, to: id)
        attributes.append(to: &self)
        finish(reply)
    }

    /// SSH_FXP_NAME with one path and no attributes, as the answer to REALPATH and READLINK.
    public mutating func appendName(_ path: RawSpan, to id: UInt32) {
        let reply = startReply(.name, to: id)
        append(1 as UInt32)
        append(string: path)
        append(string: path)
        append(0 as UInt32)
        finish(reply)
    }

    /// SSH_FXP_DATA with at most `length` bytes that `read` writes straight into the queue, behind the header.
    ///
    /// - Parameter read: returns how many bytes it wrote; for 0, or when it throws, nothing is appended.
    /// - Returns: how many bytes were read.
    public mutating func appendData<Failure: Error>(
        upTo length: Int, to id: UInt32, _ read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        // Header and data at once, so that the header is not moved for the data's sake.
        reserve(Frame.lengthBytes + 9 + length)
        let reply = startReply(.data, to: id)
        let lengthOffset = count
        append(0 as UInt32)
        do throws(Failure) {
            let read = try unsafe append(upTo: length, read)
            guard read > 0 else {
                discard(reply)
                return 0
            }
            replaceUInt32(at: lengthOffset, with: UInt32(clamping: read))
            finish(reply)
            return read
        } catch {
            discard(reply)
            throw error
        }
    }
}
