import SFTPProtocol
import SSHWire

/// Judges replies one after the other, and keeps track of the handles that are open.
struct ReplyCheck {
    /// Handles that are open, oldest first.
    private(set) var handles: [[UInt8]] = []
    /// The handle that was closed last.
    private(set) var lastClosed: [UInt8] = [UInt8](repeating: 0, count: 8)
    private var everGiven: Set<[UInt8]> = []
    private let handlesMax: Int

    init(handlesMax: Int) {
        self.handlesMax = handlesMax
    }

    mutating func check(_ packet: RawSpan, to request: SentRequest, _ scratch: HandlerScratch) throws {
        var reader = WireReader(packet)
        let type = PacketType(rawValue: try reader.readByte())
        let id = try reader.readUInt32()
        let context = "reply \(type.rawValue) to request \(request.type.rawValue)"
        if request.type == .initialize {
            try require(type == .version && id == ProtocolLimit.version, context)
            while !reader.isAtEnd { _ = try (reader.readString(), reader.readString()) }
            return
        }
        try require(id == request.id, "\(context) has the id \(id), not \(request.id)")
        if request.type == .close { noteClosed(request) }
        switch type {
        case .status: try checkStatus(&reader, request.version)
        case .handle:
            try require(request.type == .open || request.type == .opendir, context)
            try noteOpened([UInt8](try reader.readString()))
        case .data:
            let asked = try ReadRequest(request.body.span.bytes).length
            let data = [UInt8](try reader.readString())
            try require(request.type == .read && data.count <= Int(asked), context)
            try require(data.count <= ProtocolLimit.readBytes && data.isEmpty == (asked == 0), context)
            try require(!scratch.isSecret(in: data), "a file outside of the home was read")
        case .attrs:
            try require([.stat, .lstat, .fstat].contains(request.type), context)
            let attributes = try FileAttributes(from: &reader)
            try require(
                attributes.size != nil && attributes.owner == .init(user: 1000, group: 1000)
                    && attributes.permissions != nil && attributes.times != nil, context)
        case .name: try checkNames(&reader, request, context)
        case .extendedReply:
            try require(request.type == .extended, context)
            _ = reader.readRest()
        default: throw Finding(context)
        }
        try reader.expectEnd()
    }

    /// Whether one of a path's components is the reserved one.
    static func isReservedIn(_ path: [UInt8]) -> Bool {
        path.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(".berth".utf8) }
    }

    private mutating func noteOpened(_ handle: [UInt8]) throws {
        try require(handle.count == 8, "a handle of \(handle.count) bytes")
        try require(everGiven.insert(handle).inserted, "a handle was given twice")
        handles.append(handle)
        try require(handles.count <= handlesMax, "\(handles.count) handles open")
    }

    private mutating func noteClosed(_ request: SentRequest) {
        var reader = WireReader(request.body.span.bytes)
        guard let string = try? reader.readString(), let index = handles.firstIndex(of: [UInt8](string)) else { return }
        lastClosed = handles.remove(at: index)
    }

    private func checkStatus(_ reader: inout WireReader, _ version: UInt32) throws {
        let code = try reader.readUInt32()
        try require(StatusCode(rawValue: code) != nil, "a status of \(code)")
        guard version >= 3 else { return }
        try checkText(try reader.readString())
        try require(try reader.readString().isEmpty, "a status with a language")
    }

    /// A status message is UTF-8 without control characters, and never as long as a path can be.
    private func checkText(_ message: RawSpan) throws {
        let bytes = [UInt8](message)
        let isText = String(validating: bytes, as: UTF8.self) != nil && !Self.hasControls(bytes)
        try require(isText && !bytes.isEmpty && bytes.count < 1024, "the status message \(bytes)")
    }

    /// Whether C0 or C1 control characters or DEL are in UTF-8 text.
    static func hasControls(_ text: [UInt8]) -> Bool {
        for index in text.indices {
            if text[index] < 0x20 || text[index] == 0x7f { return true }
            if text[index] == 0xc2, index + 1 < text.count, text[index + 1] < 0xa0 { return true }
        }
        return false
    }

    private func checkNames(_ reader: inout WireReader, _ request: SentRequest, _ context: String) throws {
        let count = try reader.readUInt32()
        // A hundred, or what fits in 32 KiB with the shortest names.
        try require((1...340).contains(count), "\(count) names")
        let isListing = request.type == .readdir
        let isPath = request.type == .realpath || request.type == .extended
        try require(isListing || (isPath || request.type == .readlink) && count == 1, context)
        for _ in 0..<count {
            let name = [UInt8](try reader.readString())
            let longName = [UInt8](try reader.readString())
            let attributes = try FileAttributes(from: &reader)
            try require(!name.isEmpty && !name.contains(0), "the name \(name)")
            if isListing {
                try require(!name.contains(UInt8(ascii: "/")) && name.count <= 255, "the entry \(name)")
                try require(longName.suffix(name.count).elementsEqual(name), "a long name without the name")
                try require(attributes.permissions != nil, "an entry without permissions")
            }
            if isPath { try require(name.first == UInt8(ascii: "/"), "the path \(name) is not absolute") }
            if isListing || isPath { try require(!Self.isReservedIn(name), ".berth is visible") }
        }
    }
}
