import ArgumentParser
import BerthClient

/// `berth status`: what the service says about itself.
struct StatusCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show version, confinement, sessions, users and disk of the service.")

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection")
    var connection: ConnectionOptions

    func run(with client: SftpClient) async throws {
        let status = try await client.send(GetStatusCommand()).status
        try output.write(
            status,
            [
                ("version", status.version), ("running since", Timestamp.text(status.since)),
                ("sandbox", "\(status.sandbox.mode): \(status.sandbox.layers.joined(separator: ", "))"),
                ("sessions", String(status.sessions)), ("users", String(status.users)),
                ("disk", status.disk.map(Self.disk)), ("libssh", status.libssh),
            ])
    }

    static func disk(_ disk: ServiceStatus.Disk) -> String {
        let part = disk.totalBytes > 0 ? Double(disk.freeBytes) / Double(disk.totalBytes) : 0
        let percent = Int(min(max(part, 0), 1) * 100)
        return "\(disk.freeBytes) of \(disk.totalBytes) bytes free (\(percent) %)"
    }
}
