import Foundation
import Provisioning
import Testing

@testable import ManagementAPI

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws(JSONError) -> JSONValue {
        try JSONReader.read(Array(text.utf8))
    }

    @Test func validTextsAreRead() throws {
        #expect(try read(" \t\r\n{ } ") == .object([]))
        #expect(try read("[]") == .array([]))
        #expect(
            try read("[true,false,null,\"a\",-0.5e+10]")
                == .array([.boolean(true), .boolean(false), .null, .string("a"), .number("-0.5e+10")]))
        #expect(
            try read(#"{"a":1,"a":{"b":[]}}"#)
                == .object([
                    .init(name: "a", value: .number("1")),
                    .init(name: "a", value: .object([.init(name: "b", value: .array([]))])),
                ]))
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9""#, "é"), (#""\ud83d\ude00""#, "😀"),
        (#""\uD83D\uDE00""#, "😀"), (#""\ud83d""#, "\u{fffd}"), (#""\ude00a""#, "\u{fffd}a"),
        (#""\ud83dA""#, "\u{fffd}A"), (#""\ud83d\u0041""#, "\u{fffd}A"), (#""\u0000""#, "\0"),
        ("\"日本\u{7f}\"", "日本\u{7f}"),
    ])
    func escapes(text: String, value: String) throws {
        #expect(try read(text) == .string(value))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{'a':1}", "{\"a\":1 \"b\":2}", "{1:2}", "tru", "True", "nul", "NaN", "Infinity", "-Infinity", "+1", "01",
        "-01",
        "-", "1.", ".5", "1e", "1e+", "0x10", "1_000", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\u+123\"", "\"a\nb\"", "\"\u{0}\"", "\u{0}", "{}{}", "{} x", "1 2", "//", "{}//c", "\u{feff}{}", "\u{a0}{}",
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONError.self) { try read(text) }
    }

    @Test func otherEncodingsThanUTF8AreRefused() {
        let texts = [
            "{\"a\":1}".data(using: .utf16), "{\"a\":1}".data(using: .utf16LittleEndian), Data([0x22, 0xff, 0x22]),
            Data([0x22, 0xc0, 0x80, 0x22]), Data([0x22, 0xed, 0xa0, 0x80, 0x22]),
        ]
        for text in texts {
            #expect(throws: JSONError.self) { try JSONReader.read(Array(text ?? Data())) }
        }
    }

    @Test func nestingIsBounded() throws {
        let limit = JSONReader.depthLimit
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try read(nested(limit))
        #expect(throws: JSONError.nestedTooDeep) { try read(nested(limit + 1)) }
        #expect(throws: JSONError.nestedTooDeep) { try read(String(repeating: "{\"a\":", count: 60_000)) }
    }

    @Test(arguments: [
        ("24", 24), ("24.0", 24), ("2.4e1", 24), ("240e-1", 24), ("2400E-2", 24), ("-24", -24), ("0", 0), ("-0", 0),
        ("0e999999999999999999999", 0), ("0.000", 0), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min),
        ("1e18", 1_000_000_000_000_000_000), ("24.5", nil), ("24.00000000000000000000000000001", nil), ("1e-1", nil),
        ("9223372036854775808", nil), ("1e19", nil), ("1e400", nil), ("1e999999999999999999999", nil),
        ("1e-999999999999999999999", nil), ("1e-9223372036854775808", nil), ("1e9223372036854775807", nil),
        ("1e-1000001", nil), ("1e1000000", nil), ("100000000000000000000", nil), ("-9223372036854775809", nil),
    ])
    func integersAreExact(text: String, value: Int?) throws {
        #expect(try read(text).integer == value)
    }

    @Test func onlyNumbersAreIntegers() throws {
        for text in ["\"24\"", "true", "null", "[24]", "{}"] { #expect(try read(text).integer == nil) }
    }

    @Test func membersAreAbsentRepeatedOfTheWrongTypeOrThere() throws {
        let object = try read(#"{"a":"x","n":null,"d":1,"d":2,"w":3,"o":{"i":7},"l":[],"\u00e9":"e"}"#)
        #expect(object.text("a") == .value("x"))
        #expect(object.text("b") == .absent && object.text("n") == .absent && object.text("e\u{301}") == .absent)
        #expect(object.text("d") == .repeated && object.text("w") == .wrongType)
        #expect(object.integer("w") == .value(3) && object.integer("a") == .wrongType)
        #expect(object.integer("i", in: "o") == .value(.value(7)) && object.integer("j", in: "o") == .value(.absent))
        #expect(object.integer("i", in: "l") == .wrongType && object.integer("i", in: "b") == .absent)
    }

    @Test func everyPrefixOfATextIsRefusedAndTheWholeIsRead() throws {
        let text = Array(#"{"a":[1,-2.5e3,"\ud83d\ude00é",true,null],"b":{"c":false}}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONReader.read(Array(text.prefix(count))) }
        }
        #expect(throws: Never.self) { try JSONReader.read(text) }
    }

    @Test func randomBytesNeverTrap() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(#"{}[]",:\u0dAe+-.19 tfn"#.utf8) + [0, 0x80, 0xe9, 0xff]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24)).compactMap { _ in alphabet.randomElement(using: &generator) }
            if let value = try? JSONReader.read(bytes) { _ = value.integer }
        }
    }
}
