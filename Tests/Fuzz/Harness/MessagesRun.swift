import SSHTransport
import SSHWire
import SessionControl

/// One input for the decoders of messages between the processes, and for the look at a client's first bytes.
///
/// Rules: what is decoded and encoded again decodes to the same bytes; what was found in the first bytes of a connection stays
/// found when more come, and is not found in fewer.
struct MessagesRun {
    private let input: [UInt8]

    init(_ input: [UInt8]) {
        self.input = input
    }

    func run() throws {
        guard let kind = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch kind % 6 {
        case 0: try checkMessage(ListenerCommand.self, bytes)
        case 1: try checkMessage(ListenerReport.self, bytes)
        case 2: try checkMessage(SessionRequest.self, bytes)
        case 3: try checkMessage(SessionReply.self, bytes)
        case 4: try checkOffer(bytes)
        default: try checkLibraryText(bytes)
        }
    }

    private func checkMessage<Message: ControlMessage>(_ type: Message.Type, _ bytes: [UInt8]) throws {
        let message: Message
        do {
            message = try Message(decoding: bytes.span.bytes)
        } catch {
            return
        }
        var first = ByteQueue()
        message.encode(into: &first)
        var second = ByteQueue()
        try Message(decoding: first).encode(into: &second)
        try require([UInt8](first.bytes) == [UInt8](second.bytes), "\(type) changes when it is encoded again")
        // Nothing but booleans has two forms, and newer versions may bring more members.
        if bytes.first == controlVersion {
            try require(first.count == bytes.count, "\(type) gets \(first.count) bytes long, from \(bytes.count)")
        }
    }

    private func checkOffer(_ bytes: [UInt8]) throws {
        let whole = KeyExchangeOffer.scan(bytes.span.bytes)
        if case .offer(let offer) = whole {
            let lacking = AlgorithmPolicy.modern.lacking(for: offer)
            for kind in AlgorithmKind.allCases where offer.list(of: kind).isEmpty && kind != .macIn && kind != .macOut {
                try require(lacking.contains(kind), "an empty list of \(kind.name)s is agreed")
            }
        }
        if case .incomplete(let have) = whole { try require(have == bytes.count, "incomplete with \(have) bytes") }
        for cut in [bytes.count / 2, bytes.count - 1] where cut >= 0 {
            let part = KeyExchangeOffer.scan(bytes.span.bytes.extracting(first: cut))
            if case .incomplete = part { continue }
            try require(part == whole, "more bytes change what was found")
        }
        try require(
            KeyExchangeOffer.scan((bytes + [0]).span.bytes) == whole || isIncomplete(whole), "one byte more changes it")
    }

    /// libssh's words about a client without a common algorithm have the client's list in them.
    private func checkLibraryText(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let mismatch = AlgorithmMismatch(libraryText: text, legacy: .legacy) else { return }
        try require(mismatch.lacks.count == 1 && mismatch.lacks.allSatisfy { $0.offered.count <= 512 }, "\(mismatch)")
    }

    private func isIncomplete(_ scan: KeyExchangeOffer.Scan) -> Bool {
        if case .incomplete = scan { return true }
        return false
    }
}
