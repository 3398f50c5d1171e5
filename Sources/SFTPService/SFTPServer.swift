import ConfinedFileSystem
import SFTPProtocol
import SSHWire

/// Answers the SFTP requests of one channel out of one directory: version 3, as OpenSSH's sftp-server speaks it.
///
/// It knows no network: bytes come in one queue and leave in another. `docs/protocol.md` has every request, its status
/// codes, and where this server, the draft and OpenSSH differ.
public final class SFTPServer {
    let files: ConfinedDirectory
    let options: SFTPOptions
    private let events: (any FileEventSink)?
    private let table = RequestTable()
    var handles: HandleTable
    let reserve: DiskReserve
    let rate: TransferRate
    /// The version that the client offered; nil before INIT.
    private var clientVersion: UInt32?
    /// The copy that is under way: what follows waits until it is answered.
    var copying: CopyOperation?

    /// What was served so far.
    public internal(set) var statistics = ServiceStatistics()
    /// What failed so far.
    public private(set) var failures = FailureCounts()
    /// What the request that is being answered is to do.
    var operation = FileOperation.other

    /// A server of one channel.
    ///
    /// - Parameters:
    ///   - root: what the client sees as "/".
    ///   - allowance: what may be open on all channels of the session; nil: this is the only one, with
    ///     ``SFTPOptions/handlesMax`` for itself.
    ///   - reserve: what of the disk stays free; nil: nothing.
    ///   - rate: how fast file data may go; nil: as fast as it can.
    ///   - events: is told of what clients do to files.
    public init(
        root: consuming ConfinedDirectory, options: SFTPOptions, allowance: HandleAllowance? = nil,
        reserve: DiskReserve? = nil, rate: TransferRate? = nil, events: (any FileEventSink)? = nil
    ) {
        files = root
        self.options = options
        self.events = events
        self.rate = rate ?? TransferRate(bytesPerSecond: 0)
        self.reserve = reserve ?? DiskReserve(percent: 0)
        handles = HandleTable(allowance ?? HandleAllowance(limit: options.handlesMax))
    }

    /// How many files and directories the client holds open.
    public var openHandles: Int { handles.count }

    /// Requests that are answered in a row before the caller gets its turn to send, and to look at other things.
    private static let requestsPerTurn = 64

    /// Answers the whole packets in `input`, in order, while `output` is below its bound, and takes them out: at most
    /// 64 of them, since each may wait for the disk, and a long copy in pieces.
    public func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServeResult {
        var copyBudget = CopyOperation.bytesPerTurn
        for _ in 0..<Self.requestsPerTurn where output.count < options.outputBound {
            guard continueCopy(&copyBudget, &output) else { return .working }
            let bytes: Int
            switch Frame(at: input.bytes) {
            case .incomplete:
                return .needsInput
            case .broken(let violation):
                return .ended(violation)
            case .packet(let packet):
                if packet.byteCount > 0, let wait = rate.wait(for: packet.unsafeLoad(as: UInt8.self)) {
                    return .waiting(milliseconds: wait)
                }
                do throws(ProtocolViolation) {
                    try answer(packet, &output)
                } catch {
                    return .ended(error)
                }
                bytes = packet.byteCount
            }
            input.consume(Frame.lengthBytes + bytes)
        }
        return .outputFull
    }

    /// The client has gone: whatever it holds open is closed, and what it wrote made durable, as CLOSE would have.
    ///
    /// - Returns: how many files could not be finished: what was written to them may be lost.
    @discardableResult
    public func inputEnded() -> Int {
        var unfinished = 0
        copying = nil
        for content in handles.removeAll() {
            guard case .file(let file) = content else { continue }
            do throws(Errno) {
                try finish(file)
            } catch {
                unfinished += 1
                failures.count(.close, .failure)
            }
        }
        return unfinished
    }

    private func answer(_ packet: RawSpan, _ output: inout ByteQueue) throws(ProtocolViolation) {
        var reader = WireReader(packet)
        let type: PacketType
        let identifier: UInt32
        do throws(WireError) {
            type = PacketType(rawValue: try reader.readByte())
            identifier = try reader.readUInt32()
        } catch {
            throw .missingIdentifier(type: packet.unsafeLoad(as: UInt8.self))
        }
        statistics.requests &+= 1
        operation = .other
        if type == .initialize {
            // A second INIT is answered like the first. Extensions that clients announce mean nothing here.
            clientVersion = identifier
            output.appendVersion(extensions: table.extensions)
            return
        }
        guard clientVersion != nil else { throw .requestBeforeInit(type: type.rawValue) }
        do throws(WireError) {
            try dispatch(type, reader.readRest(), identifier, &output)
        } catch {
            status(.badMessage, "Bad message", identifier, &output)
        }
    }

    private func dispatch(
        _ type: PacketType, _ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue
    ) throws(WireError) {
        if type == .extended {
            let request = try ExtendedRequest(body)
            try dispatch(table.entry(extension: request.name), request.body, id, &output)
        } else {
            try dispatch(table.entry(type), body, id, &output)
        }
    }

    private func dispatch(
        _ entry: RequestEntry?, _ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue
    ) throws(WireError) {
        operation = entry?.operation ?? .other
        guard let entry else {
            status(.unsupported, "Operation unsupported", id, &output)
            return
        }
        guard options.allowsWriting || !entry.writes else {
            status(.permissionDenied, "Permission denied", id, &output)
            return
        }
        try entry.handler(self, body, id, &output)
    }
}

extension SFTPServer {
    /// Appends a STATUS. Versions before 3 have no message in it.
    func status(
        _ code: StatusCode, _ text: StaticString, about path: RawSpan? = nil, _ id: UInt32, _ output: inout ByteQueue
    ) {
        failures.count(operation, code)
        output.appendStatus(code, text, about: path, to: id, hasText: clientVersion.map { $0 >= 3 } ?? true)
    }

    /// Appends SSH_FX_OK.
    func succeed(_ id: UInt32, _ output: inout ByteQueue) {
        status(.ok, "Success", id, &output)
    }

    /// Appends the status of a failed operation on `path`, which is shown as the client sent it.
    func fail(_ error: Errno, about path: RawSpan? = nil, _ id: UInt32, _ output: inout ByteQueue) {
        status(StatusCode(error), error.statusText, about: path, id, &output)
    }

    /// Whether changes of names are synced before they are answered.
    var isDurable: Bool { options.durability == .close }

    /// Reports an event, if anybody listens.
    func record(
        _ kind: FileEvent.Kind, _ path: RawSpan, _ secondPath: RawSpan? = nil, sizeBytes: UInt64 = 0
    ) {
        guard let events else { return }
        var second: [UInt8] = []
        if let secondPath { second = kind == .madeSymbolicLink ? [UInt8](secondPath) : absolute(secondPath) }
        events.record(FileEvent(kind, absolute(path), second, sizeBytes: sizeBytes))
    }

    /// A path from the home's root on, without empty components and ".". ".." stays: what it means depends on links.
    private func absolute(_ path: RawSpan) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        var absolute: [UInt8] = []
        for component in [UInt8](path).split(separator: slash) where component != [UInt8(ascii: ".")] {
            absolute.append(slash)
            absolute += component
        }
        return absolute.isEmpty ? [slash] : absolute
    }
}
