/// Reads JSON texts by the letter of RFC 8259.
///
/// Foundation's decoder takes trailing commas, UTF-16 and numbers that are none, and of repeated members silently keeps the
/// first: all of that would let a request mean one thing to a proxy and another to Berth.
struct JSONReader {
    /// Arrays and objects inside each other: far more than a request needs, far less than the stack holds.
    static let depthLimit = 64

    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0

    /// Reads the one value that `bytes` hold.
    static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var reader = JSONReader(bytes: bytes)
        let value = try reader.readValue()
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw reader.unexpected }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private var unexpected: JSONError { .unexpected(offset: offset) }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
    }

    /// Takes `byte` if it comes next.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ text: StaticString) throws(JSONError) {
        guard bytes[offset...].starts(with: text.description.utf8) else { throw unexpected }
        offset += text.utf8CodeUnitCount
    }

    private mutating func readValue() throws(JSONError) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { (reader) throws(JSONError) in try reader.readObject() }
        case UInt8(ascii: "["): return try nested { (reader) throws(JSONError) in try reader.readArray() }
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"):
            try expect("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .boolean(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: return .number(try readNumber())
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depth < Self.depthLimit else { throw .nestedTooDeep }
        depth += 1
        offset += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func readObject() throws(JSONError) -> JSONValue {
        var members: [JSONValue.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw unexpected }
            let name = try readString()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected }
            members.append(JSONValue.Member(name: name, value: try readValue()))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected }
        return .object(members)
    }

    private mutating func readArray() throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            elements.append(try readValue())
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected }
        return .array(elements)
    }

    private mutating func readNumber() throws(JSONError) -> String {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try skipDigits() }
        if take(UInt8(ascii: ".")) { try skipDigits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try skipDigits()
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = offset
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw unexpected }
    }

    private mutating func readString() throws(JSONError) -> String {
        offset += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                offset += 1
                text.append(contentsOf: String(try readEscape()).utf8)
            case 0..<0x20: throw unexpected
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw unexpected
    }

    private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        guard let byte = next else { throw unexpected }
        let scalar: Unicode.Scalar
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(byte)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{c}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            offset += 1
            return try readUnicodeEscape()
        default: throw unexpected
        }
        offset += 1
        return scalar
    }

    /// The scalar of `XXXX` behind `\u`, with the second of a pair of surrogates; a surrogate that stands alone, which the
    /// grammar allows, is U+FFFD.
    private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try readHexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let rest = bytes[offset...]
        guard UTF16.isLeadSurrogate(first), rest.starts(with: "\\u".utf8) else { return "\u{fffd}" }
        let place = offset
        offset += 2
        let second = try readHexadecimal()
        guard UTF16.isTrailSurrogate(second) else {
            offset = place
            return "\u{fffd}"
        }
        let value = 0x10000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff))
        return Unicode.Scalar(value) ?? "\u{fffd}"
    }

    private mutating func readHexadecimal() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next,
                let digit = Unicode.Scalar(byte).properties.isASCIIHexDigit
                    ? Character(Unicode.Scalar(byte)).hexDigitValue : nil
            else { throw unexpected }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }
}
