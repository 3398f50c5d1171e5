import Foundation
import ServiceTestSupport
import Testing

/// What all trials share: the servers and a large file.
final class Site: @unchecked Sendable {
    @TaskLocal static var current: Site?

    let workspace: Workspace
    let large: String
    /// Starts key exchanges of its own during the large transfers.
    let rekeying: Daemon
    /// For clients that can't take part in that.
    let quiet: Daemon
    /// Starts them too, and offers weak algorithms.
    let lenient: Daemon
    private let identities: [ObjectIdentifier: ServerIdentity]

    /// The server speaks up each second while a client is silent, so that every client is seen to live with that.
    private static let settings = ["BERTHD_SFTP_KEEPALIVE_SECONDS": "1"]
    private static let rekeyingSettings = ["BERTHD_SFTP_REKEY_BYTES": "16777216"]

    init() throws {
        workspace = try Workspace()
        quiet = try Daemon(settings: Site.settings)
        rekeying = try Daemon(settings: Site.settings.merging(Site.rekeyingSettings) { $1 })
        let weak = ["BERTHD_SFTP_LEGACY_NETWORKS": "127.0.0.0/8"]
        lenient = try Daemon(
            settings: Site.settings.merging(Site.rekeyingSettings) { $1 }.merging(weak) { $1 })
        identities = [
            ObjectIdentifier(quiet): try ServerIdentity(of: quiet),
            ObjectIdentifier(rekeying): try ServerIdentity(of: rekeying),
            ObjectIdentifier(lenient): try ServerIdentity(of: lenient),
        ]
        large = workspace.file("large")
        let made = try Command.run("sh", ["-c", "head -c 300M /dev/urandom > '\(large)'"], seconds: 60)
        guard made.status == 0 else { throw Daemon.NotReady(description: "no large file: \(made)") }
    }

    /// Lets a client do a step and says what was wrong.
    func run(_ client: Client, _ step: Step) throws -> [String] {
        let daemon = client.isWeak ? lenient : client.refusesRekeying == nil ? rekeying : quiet
        let place = "\(client.identifier)/\(step.rawValue)"
        let trial = Trial(
            client: client, step: step, daemon: daemon, user: try daemon.api.createUser(home: "/\(place)"),
            local: workspace.file(place), large: large)
        defer {
            // 300 MiB here and there would add up.
            try? FileManager.default.removeItem(atPath: trial.local)
            try? FileManager.default.removeItem(atPath: trial.onDisk)
        }
        if client.isWeak { try admitWeakAlgorithms(of: trial) }
        try trial.prepare()
        let result = try drive(trial)
        let faults = trial.faults(after: result)
        if ProcessInfo.processInfo.environment["BERTH_INTEROP_TIMES"] == "1" {
            print("\(client.name): \(step.rawValue): \(result.seconds) s")
        }
        if faults.isEmpty { return [] }
        return faults + ["the client: \(result)", "the log: \(trial.log().suffix(10).joined(separator: "\n"))"]
    }

    private func admitWeakAlgorithms(of trial: Trial) throws {
        let api = API(base: trial.daemon.api.base, key: trial.daemon.apiKey, version: "/berth/v1")
        let response = try api.send(
            "PUT", "/users/\(trial.user.username)/algorithms", body: #"{"legacyAlgorithms": true}"#)
        guard response.status == 200 else { throw Daemon.NotReady(description: "algorithms: \(response)") }
    }

    /// Lets a client that has weak algorithms alone log in where they are not offered.
    func runUnadmitted(_ client: Client) throws -> (result: Command.Result, user: TestUser) {
        let place = "\(client.identifier)/unadmitted"
        let trial = Trial(
            client: client, step: .login, daemon: quiet, user: try quiet.api.createUser(home: "/\(place)"),
            local: workspace.file(place), large: large)
        try admitWeakAlgorithms(of: trial)
        try trial.prepare()
        return (try drive(trial), trial.user)
    }

    /// Starts the client's driver.
    private func drive(_ trial: Trial) throws -> Command.Result {
        guard let identity = identities[ObjectIdentifier(trial.daemon)] else {
            throw Daemon.NotReady(description: "no host keys")
        }
        let password = trial.step == .wrongPassword ? "wrong" + trial.user.password : trial.user.password
        let passwordFile = "\(trial.local)/home/password"
        try Data((password + "\n").utf8).write(to: URL(fileURLWithPath: passwordFile))
        return try Driver(trial.client).run(
            trial.step.rawValue,
            environment: trial.environment(passwordFile: passwordFile, identity: identity, build: Driver.build),
            seconds: trial.step.secondsMost)
    }
}
