import Configuration
import Foundation
import Synchronization

/// The values of all settings with the place each came from: flags before variables before the file before the defaults.
struct SettingsSources {
    struct Value: Equatable {
        let text: String
        let source: String
        let isDefault: Bool
    }

    /// The variables that begin like Berth's and are no settings.
    let unknownVariables: [String]

    private let values: [Setting: Value]

    init(flags: [Setting: String], environment: [String: String], file: SettingsFile?) {
        let ownVariables = environment.filter { $0.key.hasPrefix("BERTHD_") }
        let known = Set(Setting.allCases.map(\.variable))
        unknownVariables = ownVariables.keys.filter { !known.contains($0) }.sorted()
        let reporter = OriginReporter()
        let reader = ConfigReader(
            providers: [
                Self.provider("flags", flags),
                EnvironmentVariablesProvider(environmentVariables: ownVariables).prefixKeys(with: "berthd"),
                Self.provider("file", file?.entries.mapValues(\.value) ?? [:]),
                Self.provider(
                    "defaults", Dictionary(uniqueKeysWithValues: Setting.allCases.map { ($0, $0.defaultText) })),
            ],
            accessReporter: reporter)
        var values: [Setting: Value] = [:]
        for setting in Setting.allCases {
            let text = reader.string(forKey: ConfigKey(setting.rawValue), default: setting.defaultText)
            let origin = reporter.lastOrigin
            let source =
                switch origin {
                case 0: "--" + setting.flag
                case 1: setting.variable
                case 2: file?.source(of: setting) ?? "file"
                default: "default"
                }
            values[setting] = Value(text: text, source: source, isDefault: origin > 2)
        }
        self.values = values
    }

    /// The value of `setting`.
    subscript(setting: Setting) -> Value {
        values[setting] ?? Value(text: setting.defaultText, source: "default", isDefault: true)
    }

    private static func provider(_ name: String, _ values: [Setting: String]) -> InMemoryProvider {
        InMemoryProvider(
            name: name,
            values: Dictionary(
                uniqueKeysWithValues: values.map { setting, text in
                    (
                        AbsoluteConfigKey(setting.rawValue.split(separator: ".").map(String.init)),
                        ConfigValue(.string(text), isSecret: false)
                    )
                }))
    }
}

/// Notes which provider, by its place, gave the value that was read last.
private final class OriginReporter: AccessReporter {
    private let origin = Mutex(0)

    var lastOrigin: Int { origin.withLock { $0 } }

    func report(_ event: AccessEvent) {
        let place = event.providerResults.firstIndex { (try? $0.result.get().value) != nil }
        origin.withLock { $0 = place ?? .max }
    }
}
