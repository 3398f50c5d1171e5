import Foundation
import ServiceTestSupport
import Testing

/// A partner that must not notice a flood: it comes from an address of its own.
struct FloodedPartner {
    /// The flood comes from others.
    private static let address = "127.0.0.10"

    let daemon: Daemon
    let user: TestUser

    /// Logs in, writes a file and reads it, again and again: a line for each time.
    func logins(seconds: Int) throws -> [String] {
        let run = try Command.run(
            Programs.loadGenerator,
            ["partner", "\(daemon.sftpPort)", user.username, "\(seconds)", "0.1", Self.address],
            environment: ["BERTH_LOAD_PASSWORD": user.password], seconds: 60)
        #expect(run.status == 0, "\(run)")
        return run.output.split(separator: "\n").map(String.init)
    }

    /// Uploads the file that holds `data`, and gets it back as it was.
    func transfer(_ local: String, _ data: Data, round: Int) throws {
        let back = daemon.workspace.file("back-\(round)")
        let transfer = try daemon.client(user).sftp(
            ["put \(local) file", "get file \(back)"], arguments: ["-o", "BindAddress=\(Self.address)"])
        #expect(transfer.status == 0, "\(transfer)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: back)) == data)
    }
}
