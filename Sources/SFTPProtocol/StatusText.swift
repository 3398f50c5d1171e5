import SSHWire

extension ByteQueue {
    /// The longest part of a path that a status message repeats, in bytes.
    private static let subjectBytesMax = 512

    /// SSH_FXP_STATUS: `text`, and behind a colon the path that the client named, if any.
    ///
    /// The draft wants the message in UTF-8: bytes of the path that are none, and control characters, are shown as `?`.
    ///
    /// - Parameter hasText: false for protocol versions before 3, whose STATUS ends with the code.
    public mutating func appendStatus(
        _ code: StatusCode, _ text: StaticString, about path: RawSpan? = nil, to id: UInt32, hasText: Bool = true
    ) {
        let reply = startReply(.status, to: id)
        append(code.rawValue)
        if hasText {
            let lengthOffset = count
            append(string: text)
            if let path {
                append(UInt8(ascii: ":"))
                append(UInt8(ascii: " "))
                appendReadable(path.extracting(first: Self.subjectBytesMax))
            }
            replaceUInt32(at: lengthOffset, with: UInt32(clamping: count - lengthOffset - 4))
            append(0 as UInt32)
        }
        finish(reply)
    }

    private mutating func appendReadable(_ bytes: RawSpan) {
        var index = 0
        while index < bytes.byteCount {
            let length = utf8SequenceLength(in: bytes.extracting(droppingFirst: index))
            if length == 0 {
                append(UInt8(ascii: "?"))
                index += 1
            } else {
                append(raw: bytes.extracting(index..<(index + length)))
                index += length
            }
        }
    }
}

/// The length of the UTF-8 sequence of a printable character at the front; 0 when there is none.
///
/// Well-formed sequences of The Unicode Standard, table 3-7; C0 and C1 controls and DEL don't count as printable.
func utf8SequenceLength(in bytes: RawSpan) -> Int {
    func byte(_ index: Int) -> UInt8? {
        index < bytes.byteCount ? bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) : nil
    }
    func continues(_ range: Range<Int>) -> Bool {
        range.allSatisfy { index in byte(index).map { 0x80...0xbf ~= $0 } ?? false }
    }
    guard let first = byte(0) else { return 0 }
    switch first {
    case 0x20...0x7e: return 1
    case 0xc2...0xdf:
        guard let second = byte(1), continues(1..<2), first != 0xc2 || second >= 0xa0 else { return 0 }
        return 2
    case 0xe0...0xef:
        guard let second = byte(1), continues(1..<3) else { return 0 }
        if first == 0xe0, second < 0xa0 { return 0 }
        return first == 0xed && second > 0x9f ? 0 : 3
    case 0xf0...0xf4:
        guard let second = byte(1), continues(1..<4) else { return 0 }
        if first == 0xf0, second < 0x90 { return 0 }
        return first == 0xf4 && second > 0x8f ? 0 : 4
    default: return 0
    }
}
