import Foundation
import Logging
import Testing

@testable import berthd

@Suite struct LogTests {
    @Test func aLineIsTimeLevelMessageAndSortedFields() {
        let time = Date(timeIntervalSince1970: 1_795_452_592.123_9)
        let line = LogLine.text(
            time: time, level: .info, message: "listening",
            metadata: ["plane": "sftp", "address": "127.0.0.1:2222", "count": .stringConvertible(3)])
        #expect(line == "2026-11-23T16:49:52.123Z info  listening address=127.0.0.1:2222 count=3 plane=sftp\n")
    }

    @Test(arguments: [
        (Logger.Level.debug, "debug x"), (.info, "info  x"), (.warning, "warning x"), (.error, "error x"),
    ])
    func levelsAreAligned(level: Logger.Level, end: String) {
        let line = LogLine.text(time: Date(), level: level, message: "x", metadata: [:])
        #expect(line.hasSuffix("Z " + end + "\n"))
    }

    @Test(arguments: [
        ("plain/A-z_0.9:@+,[]", "plain/A-z_0.9:@+,[]"), ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""),
        ("say \"hi\"", #""say \"hi\"""#), (#"a\b"#, #""a\\b""#), ("a\nb\rc\td", #""a\nb\rc\td""#),
        ("\u{0}\u{1b}[31m\u{7f}\u{9b}", #""\u{0}\u{1b}[31m\u{7f}\u{9b}""#), ("Größe 日本", "\"Größe 日本\""),
        ("a\u{202e}b\u{2028}c\u{feff}", #""a\u{202e}b\u{2028}c\u{feff}""#), ("\r\n", #""\r\n""#),
        ("\u{e000}\u{10ffff}", #""\u{e000}\xff""#),
    ])
    func foreignTextCantForgeAnything(text: String, field: String) {
        #expect(LogText.field(text) == field)
    }

    /// A name with the byte 0xff, and one with a backslash, an x and two letters.
    @Test func bytesThatAreNoTextCantBeTakenForText() {
        #expect(LogText.field("\u{10FFFF}\u{10FF0A}") == #""\xff\x0a""#)
        #expect(LogText.field(#"\xff"#) == #""\\xff""#)
    }

    @Test func longValuesAndLinesAreCut() {
        let value = LogText.field(String(repeating: "ü", count: 5_000))
        #expect(value.utf8.count <= LogText.valueLimitBytes + 5 && value.hasSuffix("…\""))
        let metadata = Logger.Metadata(
            uniqueKeysWithValues: (0..<20).map { ("k\($0)", .string(String(repeating: "日", count: 300))) })
        let line = LogLine.text(time: Date(), level: .info, message: "m", metadata: metadata)
        #expect(line.utf8.count <= LogLine.limitBytes && line.utf8.count > LogLine.limitBytes - 8)
        #expect(line.hasSuffix("…\n") && line.filter { $0 == "\n" }.count == 1)
    }

    @Test func keysAndMessagesCantForgeAnythingEither() {
        let line = LogLine.text(time: Date(), level: .info, message: "a\nb", metadata: ["k\n=": "v"])
        #expect(line.hasSuffix("a\\nb k__=v\n"))
    }

    @Test func randomTextIsAlwaysOnePrintableLine() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...100)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)
            let line = LogLine.text(time: Date(), level: .info, message: "m", metadata: ["k": .string(text)])
            #expect(line.unicodeScalars.dropLast().allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test func eachEventIsOneLineOnTheDescriptor() throws {
        let pipe = Pipe()
        var logger = Logger(label: "test") { _ in
            LineLogHandler(level: .info, descriptor: pipe.fileHandleForWriting.fileDescriptor)
        }
        logger[metadataKey: "session"] = "7"
        logger.debug("not this")
        logger.info("login", metadata: ["user": "A B"])
        logger.warning("second")
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n").map { $0.drop { $0 != " " } }
        #expect(lines == [" info  login session=7 user=\"A B\"", " warning second session=7"])
    }
}
