import Foundation

/// A running TransportTestServer and the clients that talk to it, with files in a directory of their own.
final class TestServer {
    let process: TestProcess
    let port: Int
    let directory: URL

    /// Whether it has a network of its own, which nothing else is in.
    private let ownNetwork: Bool

    /// - Parameter keys: a directory of host keys; by default it has those that all tests share.
    init(_ options: [String] = [], keys own: String? = nil, ownNetwork: Bool = false) throws {
        self.ownNetwork = ownNetwork
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "berth-transport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let keys = directory.appendingPathComponent("keys")
        if own == nil { try FileManager.default.copyItem(at: Self.keys.get(), to: keys) }
        let command = [Self.executable, "--keys", own ?? keys.path] + options
        process = try TestProcess(ownNetwork ? Self.networkOfItsOwn + command : command)
        guard let port = Int(try process.line(beginning: "port ")) else {
            throw TestProcess.Failure(description: "no port")
        }
        self.port = port
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    private static let networkOfItsOwn = [
        "unshare", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh",
    ]

    /// Whether this machine lets tests make networks.
    static let hasNetworksOfItsOwn = (try? TestProcess(networkOfItsOwn + ["true"]).finish().status) == 0

    /// A command that runs where the server is.
    func inside(_ command: [String]) -> [String] {
        ownNetwork
            ? ["nsenter", "--target", "\(process.pid)", "--user", "--net", "--preserve-credentials"] + command : command
    }

    /// Beside the test bundle.
    static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("TransportTestServer").path

    /// Host keys, made once for all tests: RSA takes its time.
    private static let keys = Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("berth-keys-\(getpid())")
        let server = try TestProcess([executable, "--keys", path.path, "--warm-up", "0"])
        _ = try server.line(beginning: "port ")
        atexit {
            try? FileManager.default.removeItem(
                at: FileManager.default.temporaryDirectory.appendingPathComponent("berth-keys-\(getpid())"))
        }
        return path
    }

    /// How the first connection ended, or the one after `line` lines of output.
    func end(after line: Int = 0) throws -> String { try process.line(beginning: "end ", after: line) }

    /// A path for a file of this test.
    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Makes a file with bytes that nothing can compress or predict.
    func makeFile(_ name: String, bytes: Int) throws -> String {
        var content = Data(count: bytes)
        content.withUnsafeMutableBytes { buffer in
            var generator = SystemRandomNumberGenerator()
            for offset in stride(from: 0, to: bytes - 7, by: 8) {
                buffer.storeBytes(of: generator.next(), toByteOffset: offset, as: UInt64.self)
            }
        }
        try content.write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func sameContent(_ one: String, _ other: String) -> Bool {
        FileManager.default.contentsEqual(atPath: one, andPath: other)
    }

    /// Options of OpenSSH's clients that keep this machine's configuration out.
    static let openSSHOptions = [
        "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        "-o", "NumberOfPasswordPrompts=1",
    ]

    /// Runs OpenSSH's sftp with commands on its standard input.
    func sftp(
        _ commands: [String], password: String = "secret-1", port: Int? = nil, options: [String] = []
    ) throws -> (status: Int32, output: String) {
        // BatchMode, which -b sets, forbids passwords unless it was set before.
        let arguments =
            ["sftp"] + options + Self.openSSHOptions
            + ["-o", "BatchMode=no", "-b", "-", "-P", "\(port ?? self.port)", "partner@127.0.0.1"]
        return try TestProcess(
            arguments, environment: try askpass(password), input: commands.joined(separator: "\n") + "\n"
        ).finish()
    }

    /// Starts OpenSSH's sftp, which waits for commands until its standard input is closed.
    func interactiveSFTP(options: [String] = []) throws -> TestProcess {
        try TestProcess(
            ["sftp"] + options + Self.openSSHOptions + ["-P", "\(port)", "partner@127.0.0.1"],
            environment: try askpass("secret-1"))
    }

    /// Runs OpenSSH's ssh.
    func ssh(
        _ arguments: [String], password: String = "secret-1", options: [String] = [],
        environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let all = ["ssh"] + options + Self.openSSHOptions + ["-p", "\(port)"] + arguments
        let whole = try askpass(password).merging(environment) { _, own in own }
        return try TestProcess(all, environment: whole, input: "").finish()
    }

    /// Starts a program that knows the password.
    func program(_ arguments: [String], input: String = "") throws -> TestProcess {
        try TestProcess(arguments, environment: try askpass("secret-1"), input: input)
    }

    /// Runs one of the scripts in `Clients`.
    func client(_ script: String, _ arguments: String...) throws -> TestProcess {
        try client(script, arguments)
    }

    func client(_ script: String, _ arguments: [String]) throws -> TestProcess {
        try TestProcess(
            inside(["/usr/bin/python3", "-W", "ignore", Self.clients + script, "\(port)"] + arguments),
            environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    }

    private static let clients = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Clients/"

    /// OpenSSH asks a program for the password where it has no terminal.
    private func askpass(_ password: String) throws -> [String: String] {
        let program = path("askpass-\(password)")
        try Data("#!/bin/sh\necho '\(password)'\n".utf8).write(to: URL(fileURLWithPath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
        return ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"]
    }
}
