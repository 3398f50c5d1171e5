import Glibc
import SSHTransport
import SSHWire

/// Enough of SFTP version 3 for `get` and `put` of absolute paths by any user of this host: for tests of the transport
/// only, which it leaves no excuse (no copies but the two that SSH needs).
final class MiniSFTP: ChannelService {
    private static let outputBound = 256 * 1_024
    private static let longestFrame = 300 * 1_024
    private var handles: [UInt32: Int32] = [:]
    private var nextHandle: UInt32 = 1
    /// A request that is never done: no type of the protocol.
    private static let endlessType: UInt8 = 255
    /// Another: a request that never comes back.
    private static let spinningType: UInt8 = 254
    private var isEndless = false

    func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServiceProgress {
        while output.count < Self.outputBound {
            guard !isEndless else { return .working }
            guard let length = Self.frameLength(input) else { return .needsInput }
            guard length <= Self.longestFrame else { return .ended(reason: "frame too long") }
            guard input.count - 4 >= length else { return .needsInput }
            guard (try? answer(input, length, &output)) != nil else { return .ended(reason: "bad frame") }
            input.consume(4 + length)
        }
        return .outputFull
    }

    private static func frameLength(_ input: borrowing ByteQueue) -> Int? {
        var header = WireReader(input.bytes)
        return try? Int(header.readUInt32())
    }

    private func answer(_ input: borrowing ByteQueue, _ length: Int, _ output: inout ByteQueue) throws(WireError) {
        try answer(input.bytes.extracting(4..<(4 + length)), &output)
    }

    func inputEnded() {
        for handle in handles.values { close(handle) }
        handles = [:]
    }

    private func answer(_ frame: RawSpan, _ output: inout ByteQueue) throws(WireError) {
        var reader = WireReader(frame)
        let type = try reader.readByte()
        while type == Self.spinningType {}
        guard type != Self.endlessType else {
            isEndless = true
            return
        }
        let start = output.count
        output.append(0 as UInt32)
        let id = try reader.readUInt32()
        switch type {
        case 1:
            output.append(2 as UInt8)
            output.append(3 as UInt32)
            output.append(string: "limits@openssh.com")
            output.append(string: "1")
        case 3:
            let path = String(decoding: [UInt8](try reader.readString()), as: UTF8.self)
            openFile(path, flags: try reader.readUInt32(), id, &output)
        case 4:
            let closed = handles.removeValue(forKey: try readHandle(&reader)).map { close($0) == 0 }
            status(id, closed == true ? 0 : 4, &output)
        case 5:
            let handle = try readHandle(&reader)
            try read(handle, offset: reader.readUInt64(), count: reader.readUInt32(), id, &output)
        case 6:
            let file = handles[try readHandle(&reader)] ?? -1
            let offset = Int(clamping: try reader.readUInt64())
            let bytes = try reader.readString()
            let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, offset) }
            status(id, written == bytes.byteCount ? 0 : 4, &output)
        case 7, 17:
            var found = stat()
            let path = String(decoding: [UInt8](try reader.readString()), as: UTF8.self)
            attributes(id, stat(path, &found) == 0 ? found : nil, &output)
        case 8:
            var found = stat()
            attributes(id, fstat(handles[try readHandle(&reader)] ?? -1, &found) == 0 ? found : nil, &output)
        case 16:
            let path = [UInt8](try reader.readString())
            output.append(104 as UInt8)
            output.append(id)
            output.append(1 as UInt32)
            output.append(string: path.first == UInt8(ascii: "/") ? path : Array("/".utf8))
            output.append(string: "")
            output.append(0 as UInt32)
        case 9, 10:
            status(id, 0, &output)
        case 200:
            output.append(201 as UInt8)
            output.append(id)
            output.append(262_144 as UInt64)
            output.append(261_120 as UInt64)
            output.append(261_120 as UInt64)
            output.append(0 as UInt64)
        default:
            status(id, 8, &output)
        }
        output.replaceUInt32(at: start, with: UInt32(clamping: output.count - start - 4))
    }

    private func readHandle(_ reader: inout WireReader) throws(WireError) -> UInt32 {
        var handle = WireReader(try reader.readString())
        return try handle.readUInt32()
    }

    private func openFile(_ path: String, flags: UInt32, _ id: UInt32, _ output: inout ByteQueue) {
        var mode = flags & 2 != 0 ? O_RDWR : O_RDONLY
        if flags & 8 != 0 { mode |= O_CREAT }
        if flags & 16 != 0 { mode |= O_TRUNC }
        let file = open(path, mode, 0o600)
        guard file >= 0 else { return status(id, 2, &output) }
        handles[nextHandle] = file
        output.append(102 as UInt8)
        output.append(id)
        output.append(4 as UInt32)
        output.append(nextHandle)
        nextHandle += 1
    }

    private func read(_ handle: UInt32, offset: UInt64, count: UInt32, _ id: UInt32, _ output: inout ByteQueue) {
        let start = output.count
        output.append(103 as UInt8)
        output.append(id)
        output.append(0 as UInt32)
        let file = handles[handle] ?? -1
        let got = output.append(upTo: min(Int(count), 261_120)) {
            pread(file, $0.baseAddress, $0.count, Int(clamping: offset))
        }
        output.replaceUInt32(at: start + 5, with: UInt32(clamping: got))
        guard got == 0 else { return }
        output.truncate(to: start)
        status(id, 1, &output)
    }

    private func attributes(_ id: UInt32, _ found: stat?, _ output: inout ByteQueue) {
        guard let found else { return status(id, 2, &output) }
        output.append(105 as UInt8)
        output.append(id)
        output.append(5 as UInt32)
        output.append(UInt64(clamping: found.st_size))
        output.append(found.st_mode)
    }

    private func status(_ id: UInt32, _ code: UInt32, _ output: inout ByteQueue) {
        output.append(101 as UInt8)
        output.append(id)
        output.append(code)
        output.append(string: "")
        output.append(string: "")
    }
}
