import SSHTransport
import SSHWire
import SessionControl

/// One input for the decoders of messages between the processes, and for the look at a client's first bytes.
///
/// Rules: what is decoded and encoded again decodes to the same bytes; what was found in the first bytes of a connection stays
/// found when more come, and is not found in fewer; a network contains the addresses with its prefix and no others.
struct MessagesRun {
    private let input: [UInt8]

    init(_ input: [UInt8]) {
        self.input = input
    }

    func run() throws {
        guard let kind = input.first else { return }
        let bytes = Array(input.dropFirst())
        guard kind != 0xff else { return try checkProxyHeader(bytes) }
        switch kind % 7 {
        case 0: try checkMessage(ListenerCommand.self, bytes)
        case 1: try checkMessage(ListenerReport.self, bytes)
        case 2: try checkMessage(SessionRequest.self, bytes)
        case 3: try checkMessage(SessionReply.self, bytes)
        case 4: try checkOffer(bytes)
        case 5: try checkLibraryText(bytes)
        default: try checkNetwork(bytes)
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

    /// What is missing never reaches beyond the header, a header's beginnings are beginnings, and a fault stays one.
    private func checkProxyHeader(_ bytes: [UInt8]) throws {
        switch ProxyHeader.scan(bytes.span.bytes) {
        case .incomplete(let missing):
            try require(missing > 0 && bytes.count + missing <= ProxyHeader.lengthLimit, "\(missing) bytes are missing")
        case .violation:
            let more = ProxyHeader.scan((bytes + [0]).span.bytes)
            guard case .violation = more else { throw Finding("one byte more mends a header: \(more)") }
        case .header:
            for cut in bytes.indices {
                guard case .incomplete(let missing) = ProxyHeader.scan(bytes.span.bytes.extracting(first: cut)),
                    cut + missing <= bytes.count
                else { throw Finding("\(cut) of \(bytes.count) bytes are no beginning of a header") }
            }
        }
    }

    /// The first byte says which bit of the network's own address to change: it decides whether that still belongs to it.
    private func checkNetwork(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        guard let bit = bytes.first, let network = AddressNetwork(text) else { return }
        let parts = text.split(separator: "/")
        guard let host = parts.first, let own = AddressNetwork.Address(host) else {
            throw Finding("\(text) has no address")
        }
        try require(network.contains(own), "\(text) does not contain \(host)")
        let written = host.contains(":") ? 128 : 32
        let freeBits = written - (parts.count > 1 ? Int(parts[1]) ?? 0 : written)
        let index = Int(bit) % (own.isIPv4 ? 32 : 128)
        let changed = own.bits ^ 1 << UInt128(index)
        let other =
            own.isIPv4
            ? AddressNetwork.Address(ipv4: UInt32(truncatingIfNeeded: changed)) : AddressNetwork.Address(ipv6: changed)
        if other.isIPv4 != own.isIPv4 { return }
        try require(network.contains(other) == (index < freeBits), "\(text) and its address with bit \(index) changed")
    }

    private func isIncomplete(_ scan: KeyExchangeOffer.Scan) -> Bool {
        if case .incomplete = scan { return true }
        return false
    }
}
