import Foundation
import ServiceTestSupport

/// One client doing one step: its directories on both sides, and what came of it.
struct Trial {
    let client: Client
    let step: Step
    let daemon: Daemon
    /// A user of its own, so that what the log says of it is this trial's.
    let user: TestUser
    /// The directory on the client's side; the client's HOME is below it.
    let local: String
    /// The directory that the client works in, as the client sees it.
    let remote = "/in"
    /// 300 MiB to upload.
    let large: String

    /// The same directory on the server's disk.
    var onDisk: String { daemon.home(of: user) + remote }

    /// What the driver is told.
    func environment(passwordFile: String, identity: ServerIdentity, build: String) -> [String: String] {
        [
            "BERTH_HOST": "127.0.0.1", "BERTH_PORT": "\(daemon.sftpPort)", "BERTH_USER": user.username,
            "BERTH_PASSWORD_FILE": passwordFile, "BERTH_KNOWN_HOSTS": identity.knownHosts,
            "BERTH_HOST_KEYS": identity.fingerprints.joined(separator: " "), "BERTH_LOCAL": local,
            "BERTH_REMOTE": remote, "BERTH_LARGE": large, "BERTH_BUILD": build, "HOME": "\(local)/home",
        ]
    }

    /// The lines of the server's log about this trial's user.
    func log() -> [String] { daemon.log.lines.filter { $0.contains("user=\(user.username)") } }

    /// Waits for the line that ends the trial's first session, which says how many bytes went each way.
    func sessionEnd() -> String? {
        daemon.log.waitForLine(seconds: 10) { $0.contains("session ended") && $0.contains("user=\(user.username)") }
    }
}

extension String {
    /// The number behind `name=` in a line of the log.
    func number(_ name: String) -> Int? {
        guard let range = range(of: " \(name)=") else { return nil }
        return Int(self[range.upperBound...].prefix { $0.isNumber })
    }
}
