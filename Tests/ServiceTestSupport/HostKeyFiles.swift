import Foundation

/// Host keys that all servers of a test run have: a key of RSA takes a second to find, and most tests care for none.
enum HostKeyFiles {
    /// By name, as in OpenSSH's directory; made once.
    private static let made: Result<[String: Data], any Error> = Result {
        let workspace = try Workspace()
        var files: [String: Data] = [:]
        for (kind, bits) in [("ed25519", []), ("ecdsa", ["-b", "256"]), ("rsa", ["-b", "3072"])] {
            let name = "ssh_host_\(kind)_key"
            let result = try Command.run(
                "/usr/bin/ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", "", "-f", workspace.file(name)] + bits)
            guard result.status == 0 else { throw Daemon.NotReady(description: "ssh-keygen: \(result)") }
            files[name] = try Data(contentsOf: URL(filePath: workspace.file(name)))
        }
        return files
    }

    /// Puts them where a server with that data directory looks for its own.
    static func place(inData data: String) throws {
        let directory = data + "/host_keys"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for (name, contents) in try made.get() {
            FileManager.default.createFile(
                atPath: "\(directory)/\(name)", contents: contents, attributes: [.posixPermissions: 0o600])
        }
    }
}
