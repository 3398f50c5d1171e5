import Foundation
import Logging

/// Turns the texts of settings into what they mean, and collects every fault on the way.
struct SettingsReader {
    private let sources: SettingsSources
    private(set) var faults: [SettingFault] = []

    init(_ sources: SettingsSources) {
        self.sources = sources
    }

    /// A path made absolute; empty only where `optional`.
    mutating func path(_ setting: Setting) -> String {
        let text = sources[setting].text
        guard !text.isEmpty, text.utf8.count <= 4_000, !text.contains("\0") else {
            return fault(setting, "a path of at most 4000 bytes is allowed", "/")
        }
        return URL(fileURLWithPath: text).standardizedFileURL.path
    }

    /// A path, below `directory` where it is not absolute; nil when empty.
    mutating func path(_ setting: Setting, below directory: String) -> String? {
        let text = sources[setting].text
        guard !text.isEmpty else { return nil }
        guard text.utf8.count <= 4_000, !text.contains("\0"), !text.hasSuffix("/") else {
            return fault(setting, "the path of a file, of at most 4000 bytes, is allowed, or nothing", nil)
        }
        let base = URL(fileURLWithPath: directory, isDirectory: true)
        return URL(fileURLWithPath: text, relativeTo: base).standardizedFileURL.path
    }

    /// The path of a Unix socket, absolute since two processes meet there; nil when empty.
    mutating func socketPath(_ setting: Setting) -> String? {
        let text = sources[setting].text
        guard !text.isEmpty else { return nil }
        guard text.hasPrefix("/"), text.utf8.count <= 107, !text.contains("\0") else {
            return fault(setting, "an absolute path of at most 107 bytes is allowed, or nothing", nil)
        }
        return text
    }

    /// A whole number within `range`.
    mutating func integer(_ setting: Setting, _ range: ClosedRange<Int>) -> Int {
        let text = sources[setting].text
        guard let number = Int(text), range.contains(number), text == String(number) else {
            return fault(
                setting, "a whole number from \(range.lowerBound) to \(range.upperBound) is allowed", range.lowerBound)
        }
        return number
    }

    /// Zero, or a whole number within `range`.
    mutating func integer(_ setting: Setting, orZero range: ClosedRange<Int>) -> Int {
        let text = sources[setting].text
        guard let number = Int(text), number == 0 || range.contains(number), text == String(number) else {
            return fault(
                setting, "0 or a whole number from \(range.lowerBound) to \(range.upperBound) is allowed", 0)
        }
        return number
    }

    /// A word for yes or no.
    mutating func boolean(_ setting: Setting) -> Bool {
        guard let value = Bool(sources[setting].text) else { return fault(setting, "true or false is allowed", false) }
        return value
    }

    /// One of the words that `Choice` lists.
    mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ setting: Setting, _ fallback: Choice
    ) -> Choice {
        guard let choice = Choice(rawValue: sources[setting].text) else {
            return fault(setting, Self.alternatives(Choice.allCases.map(\.rawValue)), fallback)
        }
        return choice
    }

    /// A log level.
    mutating func level(_ setting: Setting) -> Logger.Level {
        let allowed: [Logger.Level] = [.debug, .info, .warning, .error]
        guard let level = allowed.first(where: { $0.rawValue == sources[setting].text }) else {
            return fault(setting, Self.alternatives(allowed.map(\.rawValue)), .info)
        }
        return level
    }

    /// An address and a port.
    mutating func address(_ setting: Setting) -> ListenAddress? {
        guard let address = ListenAddress(sources[setting].text) else {
            return fault(setting, "a numeric address and a port are allowed, as 127.0.0.1:8022 or [::1]:8022", nil)
        }
        return address
    }

    /// Addresses and ports, separated by commas. The default falls back to IPv4 on a machine without IPv6.
    mutating func addresses(_ setting: Setting, hasIPv6: Bool) -> [ListenAddress] {
        let value = sources[setting]
        let texts = value.text.split(separator: ",", omittingEmptySubsequences: false)
        let addresses = texts.compactMap { ListenAddress($0.trimmingCharacters(in: .whitespaces)) }
        guard addresses.count == texts.count, (1...16).contains(addresses.count) else {
            return fault(
                setting,
                "up to 16 numeric addresses with ports are allowed, separated by commas, as 0.0.0.0:2222 or [::]:2222",
                [])
        }
        let collide = addresses.indices.contains { index in
            addresses[..<index].contains(where: addresses[index].overlaps)
        }
        if collide { return fault(setting, "no address and port may be there twice", []) }
        if value.isDefault, !hasIPv6 {
            return addresses.compactMap { ListenAddress("0.0.0.0:\($0.port)") }
        }
        return addresses
    }

    /// A host name or an address that partners are told; the machine's name when empty.
    mutating func hostName(_ setting: Setting, machine: String) -> String {
        let text = sources[setting].text
        guard !text.isEmpty else { return machine }
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard isName, text.utf8.count <= 253 else {
            return fault(setting, "a host name or an address is allowed, without port or brackets", machine)
        }
        return text
    }

    /// RFC 4253 section 4.2: printable US-ASCII, the software version without `-`, the line within 255 bytes.
    mutating func identification(_ setting: Setting) -> String {
        let text = sources[setting].text
        let version = text.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard (1...240).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
            !version.isEmpty, !version.contains(UInt8(ascii: "-"))
        else {
            return fault(
                setting,
                "1 to 240 printable ASCII characters are allowed, with no space at the start and no - before the first space",
                text)
        }
        return text
    }

    /// A group of this machine; nil when empty.
    mutating func group(_ setting: Setting) -> String? {
        let text = sources[setting].text
        guard !text.isEmpty else { return nil }
        guard !text.contains("\0"), Host.hasGroup(text) else {
            return fault(setting, "the name of a group of this machine is allowed, or nothing", nil)
        }
        return text
    }

    /// A umask that leaves owners their rights: the control plane owns the files too.
    mutating func umask(_ setting: Setting) -> UInt32 {
        let text = sources[setting].text
        guard (1...4).contains(text.utf8.count), let mask = UInt32(text, radix: 8), mask <= 0o077,
            !text.hasPrefix("+")
        else { return fault(setting, "an octal umask from 0000 to 0077 is allowed", 0o027) }
        return mask
    }

    /// The text that was given for `setting`, or its default.
    func text(of setting: Setting) -> String { sources[setting].text }

    /// Notes that the value of `setting` is none of what is `allowed`, and goes on with `fallback`.
    mutating func fault<Value>(_ setting: Setting, _ allowed: String, _ fallback: Value) -> Value {
        let value = sources[setting]
        faults.append(
            SettingFault(setting: setting.rawValue, value: value.text, source: value.source, allowed: allowed))
        return fallback
    }

    private static func alternatives(_ words: [String]) -> String {
        "\(words.joined(separator: " or ")) is allowed"
    }
}
