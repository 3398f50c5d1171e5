import Foundation
import ServiceTestSupport

/// `berth` for one daemon, with a home directory of its own.
struct BerthProgram {
    let daemon: Daemon
    let home: Workspace

    init(_ daemon: Daemon) throws {
        self.daemon = daemon
        home = try Workspace()
    }

    var endpoint: String { "http://127.0.0.1:\(daemon.apiPort)/2022-04-01" }

    /// Variables for somebody who has not logged in.
    var bare: [String: String] { ["HOME": home.path] }

    /// Variables that name service and key.
    var variables: [String: String] {
        bare.merging(["BERTH_API": endpoint, "BERTH_API_KEY": daemon.apiKey]) { $1 }
    }

    func callAsFunction(
        _ arguments: String..., input: String = "", environment: [String: String]? = nil
    ) throws -> Command.Result {
        try Command.run(Programs.berth, arguments, input: input, environment: environment ?? variables)
    }

    /// The same on a terminal.
    func onTerminal(_ arguments: String..., environment: [String: String]? = nil) throws -> Terminal {
        try Terminal(Programs.berth, arguments, environment: environment ?? variables)
    }
}

extension Command.Result {
    /// Standard output as JSON.
    var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }
    var object: [String: Any] { json as? [String: Any] ?? [:] }
    var array: [[String: Any]] { json as? [[String: Any]] ?? [] }
    /// Lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
}
