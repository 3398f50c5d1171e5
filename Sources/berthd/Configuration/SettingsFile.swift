import Foundation
import Yams

/// The configuration file as text values under their dotted names, each with its line.
struct SettingsFile: Sendable {
    struct Entry: Sendable, Equatable {
        let value: String
        let line: Int
    }

    /// A larger file is not a configuration.
    static let sizeLimitBytes = 1 << 20

    let path: String
    private(set) var entries: [Setting: Entry] = [:]
    private(set) var faults: [SettingFault] = []

    /// Reads the file at `path`; what is wrong with it is in `faults`.
    init(path: String) {
        self.path = path
        guard access(path, R_OK) == 0, let data = FileManager.default.contents(atPath: path) else {
            report("configuration file", line: nil, "can't be read: \(String(cString: strerror(errno)))")
            return
        }
        load(data)
    }

    /// Reads a configuration that is at hand as `text`.
    init(path: String, text: String) {
        self.path = path
        read(text)
    }

    /// Where `setting` was given.
    func source(of setting: Setting) -> String {
        source(line: entries[setting]?.line)
    }

    private func source(line: Int?) -> String {
        line.map { "\(path), line \($0)" } ?? path
    }

    private mutating func load(_ data: Data) {
        guard data.count <= Self.sizeLimitBytes else {
            return report("configuration file", line: nil, "a file of at most 1 MiB is allowed")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            return report("configuration file", line: nil, "UTF-8 is allowed")
        }
        read(text)
    }

    private mutating func read(_ text: String) {
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            if root.scalar?.string.isEmpty == true { return }
            guard let mapping = root.mapping else {
                return report("configuration file", line: root.mark?.line, "names of settings with values are allowed")
            }
            read(mapping, prefix: "")
        } catch let error as YamlError {
            report("configuration file", line: Self.line(error), "no valid YAML: \(Self.problem(error))")
        } catch {
            report("configuration file", line: nil, "no valid YAML")
        }
    }

    private mutating func read(_ mapping: Node.Mapping, prefix: String) {
        for (key, value) in mapping {
            let name = prefix + (key.scalar?.string ?? "?")
            let line = key.mark?.line
            if let setting = Setting(rawValue: name) {
                guard let scalar = value.scalar else {
                    report(name, line: line, "a single value is allowed")
                    continue
                }
                // A key without a value is a setting left at its default.
                guard value.null == nil else { continue }
                entries[setting] = Entry(value: scalar.string, line: line ?? 0)
            } else if Setting.allCases.contains(where: { $0.rawValue.hasPrefix(name + ".") }) {
                if let inner = value.mapping {
                    read(inner, prefix: name + ".")
                } else if value.null == nil {
                    report(name, line: line, "settings named below it are allowed")
                }
            } else {
                report(name, line: line, "there is no such setting")
            }
        }
    }

    private mutating func report(_ setting: String, line: Int?, _ allowed: String) {
        faults.append(SettingFault(setting: setting, value: nil, source: source(line: line), allowed: allowed))
    }

    private static func line(_ error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    private static func problem(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(let duplicates, _):
            "\(duplicates.sorted().map(LogText.escaped).joined(separator: ", ")) given twice"
        default: "it can't be parsed"
        }
    }
}
