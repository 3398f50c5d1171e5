import SFTPProtocol
import SSHWire

/// Writes replies out of an input's bytes and reads them again.
final class ReplyRoundTrip {
    private var cursor: InputCursor

    private enum Failure: Error { case meant }

    init(_ cursor: InputCursor) {
        self.cursor = cursor
    }

    func run() throws {
        var queue = ByteQueue()
        // Something in front that must stay as it is.
        let front = cursor.take(Int(cursor.byte() & 15))
        queue.append(raw: front.span.bytes)
        while !cursor.isAtEnd {
            let id = cursor.uint32()
            let before = queue.count
            let isEmpty = try append(cursor.byte(), id, to: &queue)
            try require(
                [UInt8](queue.bytes.extracting(first: front.count)) == front, "a reply changed what is in front of it")
            try require((queue.count == before) == isEmpty, "\(queue.count - before) bytes were appended")
            queue.truncate(to: before)
        }
    }

    /// Appends one reply and checks it; true when there is none.
    private func append(_ kind: UInt8, _ id: UInt32, to queue: inout ByteQueue) throws -> Bool {
        let before = queue.count
        let bytes = cursor.take(Int(cursor.byte()))
        switch kind % 6 {
        case 0: try appendStatus(kind, bytes, id, &queue)
        case 1:
            let handle = WireHandle(slot: cursor.uint32(), generation: cursor.uint32())
            queue.appendHandle(handle, to: id)
            try read(queue.bytes.extracting(droppingFirst: before), .handle, id) { reader in
                try require(try reader.readHandle() == handle, "another handle")
            }
        case 2:
            let attributes = attributes(kind)
            queue.appendAttributes(attributes, to: id)
            try read(queue.bytes.extracting(droppingFirst: before), .attrs, id) { reader in
                try require(try FileAttributes(from: &reader) == attributes, "other attributes")
            }
        case 3:
            queue.appendName(bytes.span.bytes, to: id)
            try read(queue.bytes.extracting(droppingFirst: before), .name, id) { reader in
                try require(try reader.readUInt32() == 1, "not one name")
                for _ in 0..<2 { try require([UInt8](try reader.readString()) == bytes, "another name") }
                try require(try FileAttributes(from: &reader) == FileAttributes(), "attributes of a name")
            }
        case 4: return try appendData(kind, bytes, id, &queue)
        default:
            let reply = queue.startReply(.extendedReply, to: id)
            queue.append(raw: bytes.span.bytes)
            queue.discard(reply)
            return true
        }
        return false
    }

    private func attributes(_ kind: UInt8) -> FileAttributes {
        var attributes = FileAttributes()
        let flags = cursor.byte()
        if flags & 1 != 0 { attributes.size = cursor.uint64() }
        if flags & 2 != 0 { attributes.owner = .init(user: cursor.uint32(), group: cursor.uint32()) }
        if flags & 4 != 0 { attributes.permissions = cursor.uint32() }
        if flags & 8 != 0 { attributes.times = .init(access: cursor.uint32(), modification: cursor.uint32()) }
        return attributes
    }

    private func appendStatus(_ kind: UInt8, _ path: [UInt8], _ id: UInt32, _ queue: inout ByteQueue) throws {
        let before = queue.count
        let code = StatusCode.allCases[Int(kind) % StatusCode.allCases.count]
        let long = Array([[UInt8]](repeating: path, count: kind & 0x80 == 0 ? 1 : 9).joined())
        let hasText = kind & 0x40 == 0
        queue.appendStatus(code, "No such file", about: long.span.bytes, to: id, hasText: hasText)
        try read(queue.bytes.extracting(droppingFirst: before), .status, id) { reader in
            try require(try reader.readUInt32() == code.rawValue, "another code")
            guard hasText else { return }
            let message = [UInt8](try reader.readString())
            try require(try reader.readString().isEmpty, "a language")
            try require(String(validating: message, as: UTF8.self) != nil, "the message \(message)")
            try require(!ReplyCheck.hasControls(message), "a control character in \(message)")
            // What is printable as a whole is shown as it is.
            let isShort = path.count < 512 && kind & 0x80 == 0
            if isShort, String(validating: path, as: UTF8.self) != nil, !ReplyCheck.hasControls(path) {
                try require(message == Array("No such file: ".utf8) + path, "\(path) became \(message)")
            }
        }
    }

    private func appendData(
        _ kind: UInt8, _ bytes: [UInt8], _ id: UInt32, _ queue: inout ByteQueue
    ) throws -> Bool {
        let before = queue.count
        let room = Int(cursor.byte())
        var count = 0
        do {
            count = try queue.appendData(upTo: room, to: id) { (buffer) throws(Failure) -> Int in
                if kind & 0x80 != 0 { throw .meant }
                for index in buffer.indices where index < bytes.count { buffer[index] = bytes[index] }
                return bytes.count
            }
        } catch {
            try require(error == .meant, "another error")
        }
        guard count > 0 else { return true }
        try require(count == bytes.count && count <= room, "\(count) bytes of \(bytes.count), room for \(room)")
        try read(queue.bytes.extracting(droppingFirst: before), .data, id) { reader in
            try require([UInt8](try reader.readString()) == bytes, "other data")
        }
        return false
    }

    /// Reads one packet, all of it.
    private func read(
        _ bytes: RawSpan, _ type: PacketType, _ id: UInt32, _ body: (inout WireReader) throws -> Void
    ) throws {
        guard case .packet(let packet) = Frame(at: bytes), packet.byteCount + 4 == bytes.byteCount else {
            throw Finding("no whole packet")
        }
        var reader = WireReader(packet)
        try require(try reader.readByte() == type.rawValue, "another type")
        try require(try reader.readUInt32() == id, "another id")
        try body(&reader)
        try reader.expectEnd()
    }
}
