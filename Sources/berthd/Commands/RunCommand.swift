import ArgumentParser
import Foundation
import Logging

/// `berthd run`: reads the configuration, then runs the control plane until a signal stops it.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the service (the default).",
        discussion: """
            Settings come from flags, then BERTHD_… variables, then the configuration file, then defaults.
            A wrong or unknown flag or setting of the file stops the start with status 78.
            """)

    @Option(name: .customLong("config"), help: "The configuration file (default: \(Settings.defaultFile), if present).")
    var config: String?

    @Flag(name: .customLong("check-config"), help: "Check the configuration, say so, and end.")
    var checkConfig = false

    @OptionGroup(title: "Settings")
    var flags: SettingFlags

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var unrecognized: [String] = []

    func run() async throws {
        let settings: Settings
        do {
            settings = try Settings.load(flags: flags.values, unrecognized: unrecognized, configFile: config)
        } catch {
            StandardError.write("berthd: the configuration can't be used:\n\(error)")
            throw ExitCode(EX_CONFIG)
        }
        if let problem = ControlPlane(settings: settings).problem {
            StandardError.write("berthd: the configuration can't be used:\n\(problem)")
            throw ExitCode(EX_CONFIG)
        }
        if checkConfig {
            for warning in settings.warnings { StandardError.write("berthd: warning: \(warning)") }
            print("configuration is sound (file: \(settings.file ?? "none"))")
            return
        }
        LoggingSystem.bootstrap { _ in LineLogHandler(level: settings.logLevel) }
        let logger = Logger(label: "berthd")
        for warning in settings.warnings { logger.warning("configuration", metadata: ["reason": "\(warning)"]) }
        do {
            try await ControlPlane(settings: settings).run()
        } catch let code as ExitCode {
            throw code
        } catch {
            logger.error("stopped by an error", metadata: ["reason": "\(error)"])
            throw ExitCode.failure
        }
    }
}
