import Crypto
import Foundation
import HTTPTypes
import Provisioning

/// Entity tags (RFC 9110 section 8.8.3) and what requests ask of them.
enum EntityTag {
    /// The strong tag of a representation: a digest of its bytes.
    static func of(_ bytes: Data) -> String {
        let digest = SHA256.hash(data: bytes).prefix(16)
        return "\"" + Data(digest).base64EncodedString().prefix(22) + "\""
    }

    /// The header If-Match (RFC 9110 section 13.1.1).
    struct Condition: Sendable {
        /// What the header may be, as a regular expression of ECMA-262: what ``tags(_:)`` reads.
        static let pattern = {
            let tag = #"(W/)?"[!#-~\u0080-\uFFFF]*""#
            return #"^(\*|[ \t,]*\#(tag)([ \t]*,[ \t,]*\#(tag))*[ \t]*(,[ \t,]*)?)$"#
        }()

        /// As bytes, by which they are compared; nil for `*`: any will do.
        private let tags: [[UInt8]]?

        /// Nil without the header.
        ///
        /// - Throws: a ValidationException for a header that is none.
        init?(_ headers: HTTPFields) throws(APIError) {
            guard let value = headers[.ifMatch] else { return nil }
            let text = value.utf8.drop { Self.isSpace($0) }
            if text.elementsEqual("*".utf8) {
                tags = nil
                return
            }
            guard let tags = Self.tags(text) else {
                throw APIError(invalid: [
                    FieldError(path: "/If-Match", message: "must be * or entity tags in quotes, separated by commas")
                ])
            }
            self.tags = tags
        }

        /// Whether it holds for what has this tag now.
        func holds(_ tag: String) -> Bool { tags?.contains(Array(tag.utf8)) ?? true }

        /// The strong tags of a list; weak ones match nothing. Nil for what is no list.
        private static func tags(_ text: Substring.UTF8View) -> [[UInt8]]? {
            var tags: [[UInt8]] = []
            var hasFound = false
            // Elements without anything in them are passed over (RFC 9110 section 5.6.1.2).
            var rest = text.drop { isSpace($0) || isComma($0) }
            while !rest.isEmpty {
                hasFound = true
                let isWeak = rest.starts(with: "W/".utf8)
                rest = rest.dropFirst(isWeak ? 2 : 0)
                guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
                let opaque = rest.prefix { $0 != UInt8(ascii: "\"") }
                // etagc: visible characters but the quote, and bytes above ASCII.
                guard opaque.allSatisfy({ $0 >= 0x21 && $0 != 0x7f }) else { return nil }
                rest = rest.dropFirst(opaque.count)
                guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
                if !isWeak { tags.append([UInt8(ascii: "\"")] + opaque + [UInt8(ascii: "\"")]) }
                rest = rest.drop { isSpace($0) }
                guard rest.first.map(isComma) ?? true else { return nil }
                rest = rest.drop { isSpace($0) || isComma($0) }
            }
            return hasFound ? tags : nil
        }

        private static func isComma(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") }

        private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    }
}
