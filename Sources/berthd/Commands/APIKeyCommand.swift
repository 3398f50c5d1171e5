import ArgumentParser
import Audit
import Foundation
import Logging
import Metrics
import Provisioning
import Registry

/// `berthd api-key`: the first keys and the emergencies. Works on the data directory, also of a running service.
struct APIKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-key", abstract: "Manage the keys of the management API on the data directory.",
        discussion: "Works while the service runs, and has its effect there at once.",
        subcommands: [Create.self, List.self, Revoke.self])

    /// Where the keys are.
    struct Place: ParsableArguments {
        @Option(name: .customLong("data"), help: "The data directory (default: the setting `data`).")
        var data: String?

        @Option(name: .customLong("config"), help: "The configuration file that names the data directory.")
        var config: String?

        private func directory() throws -> String {
            do {
                return try Settings.dataDirectory(flag: data, configFile: config)
            } catch {
                StandardError.write("berthd: the configuration can't be used:\n\(error)")
                throw ExitCode(EX_CONFIG)
            }
        }

        /// Takes down in the audit log what was done. Where that fails it is done all the same, and the person is told.
        func record(_ event: AuditEvent.Name, _ details: [AuditEvent.Detail]) {
            do {
                guard let path = try Settings.auditFile(data: directory(), configFile: config) else { return }
                let log = try AuditLog(
                    path: path, logger: Logger(label: "berthd") { _ in SwiftLogNoOpLogHandler() },
                    metrics: NOOPMetricsHandler.instance)
                let user = getuid()
                let name = getpwuid(user)?.pointee.pw_name.map { String(cString: $0) }
                log.record(AuditEvent(event, .granted, by: .machineUser(id: user, name: name), details))
                guard log.finish() else { throw Failure("\(path) can't be written") }
            } catch {
                StandardError.write("berthd: the audit log has no line about this: \(error)")
            }
        }

        /// Opens the registry; makes it and its directory only where `creating`.
        func registry(creating: Bool) throws -> Registry {
            let directory = try directory()
            let path = directory + "/berth.sqlite"
            if creating {
                // Others may pass through, as those who share the buckets must, but list and read nothing.
                guard mkdir(directory, 0o711) == 0 || errno == EEXIST else {
                    throw Failure("the data directory \(directory) can't be made: \(String(cString: strerror(errno)))")
                }
            } else if access(path, F_OK) != 0 {
                throw Failure("there is no registry in \(directory): name the data directory with --data")
            }
            try Secrecy.closeMemory()
            try Secrecy.checkRegistry(path)
            return try Registry(path: path)
        }
    }

    /// What stopped a command, for the person at the terminal.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}

extension APIKeyCommand {
    /// `berthd api-key create`: prints the new key, and nothing else, on standard output.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and print it once: only its digest is kept.")

        @Option(name: .customLong("name"), help: "A name by which to tell the key from others.")
        var name: String

        @Option(
            name: .customLong("rights"),
            help:
                "What the key may do, separated by commas: \(AccessRight.allCases.map(\.rawValue).joined(separator: ", "))."
        )
        var rights = AccessRight.admin.rawValue

        @OptionGroup var place: Place

        func validate() throws {
            if let fault = APIKeyRules.fault(name: name) { throw ValidationError("--name \(fault)") }
            _ = try parsedRights()
        }

        func run() throws {
            let (key, secret) = try place.registry(creating: true).createAPIKey(name: name, rights: parsedRights())
            place.record(
                .keyCreated,
                [
                    .init("key_id", String(key.id)), .init("key", key.name),
                    .init("rights", .texts(key.rights.sorted().map(\.rawValue))),
                ])
            print(secret.revealed())
            StandardError.write(
                "The key \(LogText.quoted(name)) has the id \(key.id) and is shown this once. Keep it: it can't be shown again."
            )
        }

        private func parsedRights() throws -> Set<AccessRight> {
            let rights = try rights.split(separator: ",").map { word in
                guard let right = AccessRight(rawValue: String(word)) else {
                    throw ValidationError(
                        "--rights takes \(AccessRight.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                return right
            }
            guard !rights.isEmpty else { throw ValidationError("--rights takes at least one right") }
            return Set(rights)
        }
    }

    /// `berthd api-key list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys that were not revoked.")

        @Flag(name: .customLong("json"), help: "JSON for programs instead of a table.")
        var json = false

        @OptionGroup var place: Place

        func run() throws {
            let keys = try place.registry(creating: false).apiKeys()
            print(json ? try APIKeyListing.json(keys) : APIKeyListing.table(keys))
        }
    }

    /// `berthd api-key revoke`.
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a key at once.")

        @Argument(help: "The key's id, as `list` shows it.")
        var id: Int64

        @OptionGroup var place: Place

        func run() throws {
            let registry = try place.registry(creating: false)
            let isFromCredential = try registry.apiKeys().contains { $0.id == id && $0.isFromCredential }
            guard try registry.revokeAPIKey(id: id) == .revoked else {
                throw Failure("there is no key with the id \(id)")
            }
            place.record(.keyRevoked, [.init("key_id", String(id))])
            StandardError.write("The key \(id) is revoked.")
            if isFromCredential {
                StandardError.write("It stays so: put another one into the credential \(APIKey.credentialName).")
            }
        }
    }
}
