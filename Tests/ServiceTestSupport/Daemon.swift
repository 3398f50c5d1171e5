import Foundation
import Glibc

/// A running `berthd` with its data plane, on ports of its own.
package final class Daemon {
    package struct NotReady: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let workspace: Workspace
    package let data: String
    package let apiPort: UInt16
    package let sftpPort: UInt16
    package let settings: [String: String]
    package let log: LineLog
    package let process: ChildProcess
    package let apiKey: String
    /// The data plane that runs beside it, where this daemon does not start its own.
    package let dataPlane: DataPlane?

    /// What every daemon of the tests is told, unless its own settings say otherwise.
    ///
    /// All clients come from the loopback addresses, and some of them fail to log in on purpose: they would be slowed down
    /// and blocked. Tests of that set this to nothing.
    ///
    /// They make more requests than a program of an operator, too.
    private static let common = [
        "BERTHD_SFTP_TRUSTED_NETWORKS": "127.0.0.0/8,::1", "BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS": "0",
        "BERTHD_API_REQUESTS_PER_SECOND_PER_KEY": "0",
    ]

    /// Starts the daemon and waits until it says that it is ready.
    ///
    /// - Parameters:
    ///   - settings: BERTHD_ variables beyond those of every test; an empty one is not set.
    ///   - before: a daemon whose data, ports and key this one takes over.
    ///   - dataPlane: one that was started apart; it lives as long as the daemon.
    ///   - freshPorts: whether it takes ports of its own all the same.
    ///   - awaitsReadiness: whether the start takes until both planes listen; otherwise just until the API does.
    ///   - makesHostKeys: whether it makes host keys of its own at its first start.
    ///   - tracer: a program with arguments that runs the daemon (strace).
    package init(
        settings: [String: String] = [:], after before: Daemon? = nil, dataPlane: DataPlane? = nil,
        freshPorts: Bool = false, awaitsReadiness: Bool = true, makesHostKeys: Bool = false, tracer: [String] = []
    ) throws {
        self.dataPlane = dataPlane ?? before?.dataPlane
        workspace = try before?.workspace ?? Workspace()
        data = workspace.file("data")
        let ports = freshPorts ? nil : before
        apiPort = try ports?.apiPort ?? FreePort.next()
        sftpPort = try ports?.sftpPort ?? FreePort.next()
        self.settings = settings.merging(before?.settings ?? Self.common) { own, _ in own }
        apiKey = try before?.apiKey ?? Daemon.makeKey(data: data)
        if before == nil, !makesHostKeys { try HostKeyFiles.place(inData: data) }

        let readiness = try ReadinessSocket(path: workspace.file("notify"))
        log = try LineLog()
        let variables = self.settings.filter { !$0.value.isEmpty }.merging(
            [
                "BERTHD_DATA": data, "BERTHD_API_LISTEN": "127.0.0.1:\(apiPort)",
                "BERTHD_SFTP_LISTEN": "127.0.0.1:\(sftpPort)", "NOTIFY_SOCKET": readiness.path,
            ]) { _, own in own }
        let command = tracer + [Programs.berthd, "run"]
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        process = try ChildProcess(
            command[0], Array(command.dropFirst()), environment: Command.environment(variables), input: nothing,
            output: nothing, error: log.writeEnd)
        close(log.writeEnd)
        if !awaitsReadiness {
            guard log.waitForLine(from: 0, where: { $0.contains("plane=api") }) == nil else { return }
            throw NotReady(description: "the API does not listen; berthd said:\n\(log.text)")
        }
        guard readiness.waitUntilReady(seconds: tracer.isEmpty ? 20 : 60, process: process) else {
            process.end()
            throw NotReady(description: "berthd did not become ready; it said:\n\(log.text)")
        }
    }

    deinit { process.end() }

    package var api: API {
        guard let certificate = settings["BERTHD_API_TLS_CERTIFICATE"] else {
            return API(base: "http://127.0.0.1:\(apiPort)", key: apiKey)
        }
        var api = API(base: "https://127.0.0.1:\(apiPort)", key: apiKey)
        // A certificate of the tests is its own authority, or has it behind it.
        api.arguments = ["--cacert", certificate]
        return api
    }

    /// The process that runs the SFTP listener.
    package var listener: pid_t? {
        ProcessTable.children(of: process.pid).first { ProcessTable.name(of: $0) == "berth-sftpd" }
    }

    /// The directory on disk that is a user's `/`.
    package func home(of user: TestUser) -> String { "\(data)/buckets/\(user.bucketName)\(user.homeDirectory)" }

    /// A client of the user, at the daemon's own port or at `port`.
    package func client(_ user: TestUser, port: UInt16? = nil) -> OpenSSH {
        OpenSSH(port: port ?? sftpPort, user: user, workspace: workspace)
    }

    /// SIGTERM, and the exit status.
    package func stop(seconds: Double = 20) -> Int32? {
        process.signal(SIGTERM)
        return process.wait(seconds: seconds)
    }

    /// SIGKILL, as a crash; returns when the process is gone.
    package func crash() { process.end() }

    /// A key made on the data directory, as an operator makes the first one.
    package static func makeKey(data: String, name: String = "tests", rights: String = "admin") throws -> String {
        let made = try Command.run(
            Programs.berthd, ["api-key", "create", "--data", data, "--name", name, "--rights", rights])
        guard made.status == 0,
            let range = made.output.range(of: "berth_[A-Za-z0-9_-]{43}", options: .regularExpression)
        else { throw NotReady(description: "api-key create: \(made)") }
        return String(made.output[range])
    }
}

/// Ports that nothing listens on.
package enum FreePort {
    package static func next() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = TCPConnection.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard code == 0 else { throw POSIXError(.EADDRINUSE) }
        return UInt16(bigEndian: address.sin_port)
    }
}
