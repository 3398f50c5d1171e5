import SFTPProtocol
import SSHWire

/// Packets as a client sends them, length included.
public enum Packet {
    /// A packet of this type whose members `body` appends.
    public static func make(_ type: PacketType, id: UInt32?, _ body: (inout ByteQueue) -> Void = { _ in }) -> [UInt8] {
        var queue = ByteQueue()
        queue.append(0 as UInt32)
        queue.append(type.rawValue)
        if let id { queue.append(id) }
        body(&queue)
        queue.replaceUInt32(at: 0, with: UInt32(queue.count - 4))
        return [UInt8](queue.bytes)
    }

    /// SSH_FXP_INIT.
    public static func initialize(version: UInt32 = 3) -> [UInt8] {
        make(.initialize, id: nil) { $0.append(version) }
    }

    /// A request of paths.
    public static func paths(_ type: PacketType, _ paths: [UInt8]..., id: UInt32 = 7) -> [UInt8] {
        make(type, id: id) { for path in paths { $0.append(string: path) } }
    }

    /// A request of a path and attributes.
    public static func path(
        _ type: PacketType, _ path: [UInt8], _ attributes: FileAttributes, id: UInt32 = 7
    ) -> [UInt8] {
        make(type, id: id) {
            $0.append(string: path)
            attributes.append(to: &$0)
        }
    }

    /// SSH_FXP_OPEN.
    public static func open(
        _ path: [UInt8], _ flags: OpenFlags, _ attributes: FileAttributes = FileAttributes(), id: UInt32 = 7
    ) -> [UInt8] {
        make(.open, id: id) {
            $0.append(string: path)
            $0.append(flags.rawValue)
            attributes.append(to: &$0)
        }
    }

    /// A request of one handle.
    public static func handle(_ type: PacketType, _ handle: [UInt8], id: UInt32 = 7) -> [UInt8] {
        make(type, id: id) { $0.append(string: handle) }
    }

    /// SSH_FXP_FSETSTAT.
    public static func fsetstat(_ handle: [UInt8], _ attributes: FileAttributes, id: UInt32 = 7) -> [UInt8] {
        make(.fsetstat, id: id) {
            $0.append(string: handle)
            attributes.append(to: &$0)
        }
    }

    /// SSH_FXP_READ.
    public static func read(_ handle: [UInt8], at offset: UInt64, _ length: UInt32, id: UInt32 = 7) -> [UInt8] {
        make(.read, id: id) {
            $0.append(string: handle)
            $0.append(offset)
            $0.append(length)
        }
    }

    /// SSH_FXP_WRITE.
    public static func write(_ handle: [UInt8], at offset: UInt64, _ data: [UInt8], id: UInt32 = 7) -> [UInt8] {
        make(.write, id: id) {
            $0.append(string: handle)
            $0.append(offset)
            $0.append(string: data)
        }
    }

    /// SSH_FXP_EXTENDED.
    public static func extended(_ name: String, id: UInt32 = 7, _ body: (inout ByteQueue) -> Void) -> [UInt8] {
        make(.extended, id: id) {
            $0.append(string: name)
            body(&$0)
        }
    }
}
