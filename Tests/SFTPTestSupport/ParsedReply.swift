import SFTPProtocol
import SSHWire

/// A reply as a client reads it.
public struct ParsedReply: Equatable, CustomStringConvertible {
    /// One entry of SSH_FXP_NAME.
    public struct Name: Equatable {
        /// The name, and the line of `ls -l` for it.
        public let name: [UInt8], longName: [UInt8]
        /// Its attributes.
        public let attributes: FileAttributes

        /// That entry.
        public init(name: [UInt8], longName: [UInt8], attributes: FileAttributes) {
            self.name = name
            self.longName = longName
            self.attributes = attributes
        }
    }

    /// The type byte.
    public let type: PacketType
    /// The request's id (VERSION: the version).
    public let id: UInt32
    /// What follows the id.
    public let body: [UInt8]

    /// Takes the first whole packet off `bytes`; nil when there is none.
    public static func first(in bytes: inout ArraySlice<UInt8>) -> ParsedReply? {
        let frame = Array(bytes)
        guard case .packet(let packet) = Frame(at: frame.span.bytes) else { return nil }
        var reader = WireReader(packet)
        guard let type = try? reader.readByte(), let id = try? reader.readUInt32() else { return nil }
        bytes = bytes.dropFirst(4 + packet.byteCount)
        return ParsedReply(type: PacketType(rawValue: type), id: id, body: [UInt8](reader.readRest()))
    }

    /// All whole packets in `bytes`, and how many bytes are left.
    public static func all(in bytes: [UInt8]) -> (replies: [ParsedReply], left: Int) {
        var rest = bytes[...]
        var replies: [ParsedReply] = []
        while let reply = first(in: &rest) { replies.append(reply) }
        return (replies, rest.count)
    }

    /// The code of a STATUS.
    public var status: StatusCode? {
        guard type == .status else { return nil }
        var reader = WireReader(body.span.bytes)
        return (try? reader.readUInt32()).flatMap(StatusCode.init(rawValue:))
    }

    /// The message of a STATUS.
    public var message: String? {
        guard type == .status else { return nil }
        var reader = WireReader(body.span.bytes)
        guard (try? reader.readUInt32()) != nil, let text = try? reader.readString() else { return nil }
        return String(validating: [UInt8](text), as: UTF8.self)
    }

    /// The string of a HANDLE or DATA.
    public var string: [UInt8]? {
        guard type == .handle || type == .data else { return nil }
        var reader = WireReader(body.span.bytes)
        return reader.copyString()
    }

    /// The attributes of an ATTRS.
    public var attributes: FileAttributes? {
        guard type == .attrs else { return nil }
        var reader = WireReader(body.span.bytes)
        return try? FileAttributes(from: &reader)
    }

    /// The entries of a NAME; nil unless every byte of it makes sense.
    public var names: [Name]? {
        guard type == .name else { return nil }
        var reader = WireReader(body.span.bytes)
        guard let count = try? reader.readUInt32() else { return nil }
        var names: [Name] = []
        for _ in 0..<count {
            guard let name = reader.copyString(),
                let longName = reader.copyString(),
                let attributes = try? FileAttributes(from: &reader)
            else { return nil }
            names.append(Name(name: name, longName: longName, attributes: attributes))
        }
        return reader.isAtEnd ? names : nil
    }

    /// For a test's failure.
    public var description: String {
        if let status { return "STATUS \(status) \"\(message ?? "")\"" }
        return "type \(type.rawValue), \(body.count) bytes"
    }
}

extension WireReader {
    fileprivate mutating func copyString() -> [UInt8]? {
        guard let string = try? readString() else { return nil }
        return [UInt8](string)
    }
}

extension String {
    /// The bytes of the text, as paths are.
    public var bytes: [UInt8] { Array(utf8) }
}
