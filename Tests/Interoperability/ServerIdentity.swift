import Foundation
import ServiceTestSupport

/// A server's host keys as clients are told them beforehand, so that none of them has to trust blindly.
struct ServerIdentity {
    /// A file as OpenSSH's known_hosts.
    let knownHosts: String
    /// `SHA256:…` of each key.
    let fingerprints: [String]

    /// Reads the keys from the server's data directory.
    init(of daemon: Daemon) throws {
        let directory = "\(daemon.data)/host_keys"
        var lines: [String] = []
        var fingerprints: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() {
            let key = "\(directory)/\(name)"
            guard !name.hasSuffix(".pub") else { continue }
            let line = try Command.run("ssh-keygen", ["-y", "-f", key]).output
            let print = try Command.run("ssh-keygen", ["-l", "-E", "sha256", "-f", key]).output
            guard !line.isEmpty, let fingerprint = print.split(separator: " ").dropFirst().first else { continue }
            lines.append("[127.0.0.1]:\(daemon.sftpPort) \(line)")
            fingerprints.append(String(fingerprint))
        }
        guard !lines.isEmpty else { throw Daemon.NotReady(description: "no host keys in \(directory)") }
        self.fingerprints = fingerprints
        knownHosts = try daemon.workspace.write("known_hosts", Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}
