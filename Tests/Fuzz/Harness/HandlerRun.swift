import ConfinedFileSystem
import SFTPProtocol
import SFTPService
import SSHWire

/// One input for the request handler: a whole session over the scratch directory.
///
/// Rules: each request has exactly one reply, with its id, of a type that fits, in order, well formed; the session ends where
/// the stream breaks and only there; output and open handles stay within their bounds; handles are never given twice;
/// what is reserved or outside of the home is neither seen nor changed; no descriptor is left open.
final class HandlerRun {
    /// The largest file that an input may make: a scratch directory in memory must not fill up.
    static let fileBytesMax: UInt64 = 1 << 20
    private static let requestsMax = 300

    private final class Events: FileEventSink {
        private(set) var finding: Finding?
        func record(_ event: FileEvent) {
            let isAbsolute = event.path.first == UInt8(ascii: "/") && !event.path.contains(0)
            if !isAbsolute { finding = Finding("an event with the path \(event.path)") }
            if ReplyCheck.isReservedIn(event.path) { finding = Finding("an event in .berth") }
        }
    }

    private let scratch: HandlerScratch
    private var grammar: RequestGrammar
    private let options: SFTPOptions
    private let chunkBytes: Int
    private let drainBytes: Int
    private let events = Events()
    private var stream = ExpectedStream()
    private var input = ByteQueue()
    private var output = ByteQueue()
    private var received = ByteQueue()
    private var check: ReplyCheck

    init(_ bytes: [UInt8], scratch: HandlerScratch) {
        self.scratch = scratch
        var cursor = InputCursor(bytes)
        let flags = cursor.byte()
        var options = SFTPOptions()
        options.durability = flags & 1 == 0 ? .close : .never
        options.allowsWriting = flags & 6 != 6
        options.allowsSymbolicLinks = flags & 0x18 != 0x18
        options.handlesMax = flags & 0x20 == 0 ? 8 : 2
        options.userName = Array("partner".utf8)
        options.outputBound = [256 * 1024, 1, 2_000, 70_000][Int(flags >> 6)]
        self.options = options
        let split = cursor.byte()
        chunkBytes = split & 15 == 0 ? .max : 1 << (Int(split & 15) - 1)
        drainBytes = split >> 4 == 0 ? .max : 1 << (Int(split >> 4) + 4)
        grammar = RequestGrammar(cursor)
        check = ReplyCheck(handlesMax: options.handlesMax)
    }

    func run() throws {
        scratch.begin()
        do {
            let server = SFTPServer(
                root: try ConfinedDirectory(opening: scratch.home), options: options, events: events)
            try serve(server)
            server.inputEnded()
            try require(server.openHandles == 0, "handles are open after the end of the input")
            if let finding = events.finding { throw finding }
        }
        try scratch.check()
        try scratch.reset()
    }

    private func serve(_ server: SFTPServer) throws {
        // Most sessions begin properly: the odd one does not.
        var pending: [UInt8] = chunkBytes == 1 << 14 ? [] : [0, 0, 0, 5, 1, 0, 0, 0, 3]
        for _ in 0..<Self.requestsMax where !grammar.cursor.isAtEnd {
            let (bytes, isHeld) = grammar.next()
            pending += bytes
            if isHeld, pending.count < 1 << 20 { continue }
            guard try send(pending, to: server) else { return }
            pending = []
            grammar.open = check.handles
            grammar.closed = check.lastClosed
        }
        _ = try send(pending, to: server)
    }

    /// Sends bytes, in pieces, and checks the replies; false when the session is over.
    private func send(_ bytes: [UInt8], to server: SFTPServer) throws -> Bool {
        let (accepted, isOver) = stream.append(bytes)
        // Many megabytes byte by byte would take seconds.
        let chunkBytes = max(chunkBytes, accepted.count / 512)
        var rest = accepted[...]
        var isEnded = false
        repeat {
            let chunk = rest.prefix(chunkBytes)
            rest = rest.dropFirst(chunk.count)
            chunk.withUnsafeBytes { input.append(raw: RawSpan(_unsafeBytes: $0)) }
            isEnded = try answer(server)
        } while !rest.isEmpty && !isEnded
        try require(
            isEnded == stream.isBroken,
            "the stream is \(stream.isBroken ? "" : "not ")broken, the session \(isEnded ? "" : "not ")ended")
        try takeReplies(&received)
        try require(stream.expected.isEmpty, "\(stream.expected.count) requests have no reply")
        try require(
            server.openHandles == check.handles.count, "\(server.openHandles) handles open, not \(check.handles.count)")
        return !isOver
    }

    /// Lets the server answer what it has, taking the output away as a slow client does; true when the session ended.
    private func answer(_ server: SFTPServer) throws -> Bool {
        // Each turn answers something or copies megabytes of what is at most one.
        for _ in 0..<100_000 {
            let before = (input: input.count, output: output.count)
            let result = server.serve(input: &input, output: &output)
            let bound = max(before.output, options.outputBound + Frame.lengthBytes + ProtocolLimit.packetBytes)
            try require(output.count <= bound, "\(output.count) bytes of output, the bound is \(options.outputBound)")
            let isFull = result == .outputFull
            if isFull, before.output < options.outputBound {
                let didNothing = input.count == before.input && output.count == before.output
                try require(!didNothing, "the server says it is full and has answered nothing")
            }
            let taken = isFull ? min(drainBytes, output.count) : output.count
            received.append(raw: output.bytes.extracting(first: taken))
            output.consume(taken)
            switch result {
            case .outputFull, .working: continue
            case .needsInput: return false
            case .waiting: throw Finding("the server waits, without a rate")
            case .ended: return true
            }
        }
        throw Finding("the server does not come to an end")
    }

    private func takeReplies(_ received: inout ByteQueue) throws {
        while true {
            let bytes: Int
            switch Frame(at: received.bytes) {
            case .incomplete:
                return try require(received.isEmpty, "the output ends within a reply")
            case .broken(let violation): throw Finding("the replies are broken: \(violation)")
            case .packet(let packet):
                guard let request = stream.expected.popFirst() else { throw Finding("a reply to nothing") }
                try check.check(packet, to: request, scratch)
                bytes = packet.byteCount
            }
            received.consume(Frame.lengthBytes + bytes)
        }
    }
}
