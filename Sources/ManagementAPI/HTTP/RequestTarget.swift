/// Where a request goes: the segments of its path and the items of its query, percent-decoded.
struct RequestTarget: Equatable, Sendable {
    /// The segments behind the first slash; nil for one that is no valid percent-encoded UTF-8.
    let segments: [String?]
    /// The items of the query in their order; nil for what is no valid percent-encoded UTF-8.
    let query: [Item]

    struct Item: Equatable, Sendable {
        let name: String?
        let value: String?
    }

    init(path: String, query: String?) {
        segments = path.utf8.dropFirst(path.utf8.first == UInt8(ascii: "/") ? 1 : 0)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Self.decode($0, plusIsSpace: false) }
        self.query = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { item in
            let name = item.prefix { $0 != UInt8(ascii: "=") }
            return Item(
                name: Self.decode(name, plusIsSpace: true),
                value: Self.decode(item.dropFirst(name.count + 1), plusIsSpace: true))
        }
    }

    private static func decode(_ encoded: Substring.UTF8View, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = encoded
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = hexadecimal(rest.popFirst()), let low = hexadecimal(rest.popFirst()) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): byte - UInt8(ascii: "0")
        case .some(let byte) where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte): byte - UInt8(ascii: "A") + 10
        case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
