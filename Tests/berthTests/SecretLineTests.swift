import Foundation
import Glibc
import ServiceTestSupport
import Testing

@testable import berth

/// How a key is read where no terminal is.
@Suite struct SecretLineTests {
    /// The line that is read of bytes that come, and then nothing more.
    private func line(of bytes: String) throws -> String? {
        let file = try Descriptors.file(holding: Data(bytes.utf8))
        defer { close(file) }
        return SecretPrompt.line(of: file)
    }

    @Test func `it is the first line without its end, however that is written, or without one`() throws {
        for text in ["berth_key\n", "berth_key\r\n", "berth_key", "berth_key\nother\n"] {
            #expect(try line(of: text) == "berth_key", "\(text.debugDescription)")
        }
        for text in ["", "\n", "\r\n", "\nberth_key\n"] {
            #expect(try line(of: text) == "", "\(text.debugDescription)")
        }
        #expect(try line(of: " a\rb \r\r\n") == " a\rb \r")
    }

    @Test func `what is behind it is left for others`() throws {
        let file = try Descriptors.file(holding: Data("berth_key\nrest".utf8))
        defer { close(file) }
        #expect(SecretPrompt.line(of: file) == "berth_key")
        #expect(lseek(file, 0, SEEK_CUR) == 10)
    }

    @Test func `no more than the limit is taken, and the line ends where it ends`() throws {
        let limit = SecretPrompt.limitBytes
        for length in [limit - 1, limit, limit + 1, 3 * limit] {
            let pair = try Descriptors.pipe()
            defer { close(pair.read) }
            let text = Array((String(repeating: "k", count: length) + "\nrest").utf8)
            #expect(text.withUnsafeBytes { write(pair.write, $0.baseAddress, $0.count) } == text.count)
            close(pair.write)
            #expect(SecretPrompt.line(of: pair.read)?.utf8.count == min(length, limit))
            #expect(SecretPrompt.line(of: pair.read) == "rest")
        }
    }

    @Test func `a signal ends it, whatever has come`() throws {
        let input = try Descriptors.pipe(), arrivals = try Descriptors.pipe()
        defer { for end in [input.read, input.write, arrivals.read, arrivals.write] { close(end) } }
        #expect(write(input.write, "k", 1) == 1 && write(arrivals.write, "x", 1) == 1)
        #expect(SecretPrompt.line(of: input.read, until: arrivals.read) == nil)
    }
}
