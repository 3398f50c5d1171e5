import Foundation
import ServiceTestSupport

/// A program of `Clients/` that makes a client do steps.
struct Driver {
    /// What a driver answers when its client is not installed (EX_UNAVAILABLE of sysexits.h).
    static let unavailable: Int32 = 69
    /// What it answers when its client is installed, but can't run on this machine (EX_TEMPFAIL).
    static let unable: Int32 = 75

    /// What became of looking for a client.
    enum Presence {
        case here(version: String)
        case missing
        case unable(why: String)
    }

    private let client: Client

    init(_ client: Client) { self.client = client }

    /// The package's directory.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Where drivers that are compiled put their programs; kept, since compiling takes longer than the tests.
    static let build = ProcessInfo.processInfo.environment["BERTH_INTEROP_BUILD"] ?? "\(root)/.build/interoperability"

    func run(_ step: String, environment: [String: String], seconds: Double) throws -> Command.Result {
        let directory = "\(Driver.root)/Tests/Interoperability/Clients"
        let file = client.driver.first ?? ""
        return try Command.run(
            "\(directory)/\(file)", client.driver.dropFirst() + [step],
            environment: environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }, seconds: seconds)
    }

    /// Looks for the client, and builds what the driver needs.
    func look() throws -> Presence {
        try FileManager.default.createDirectory(atPath: Driver.build, withIntermediateDirectories: true)
        let result = try run(
            "version", environment: ["BERTH_BUILD": Driver.build, "HOME": Driver.build], seconds: 300)
        if result.status == Driver.unavailable { return .missing }
        if result.status == Driver.unable { return .unable(why: result.error) }
        guard result.status == 0, let line = result.output.split(separator: "\n").first else {
            throw Daemon.NotReady(description: "\(client.name): \(result)")
        }
        return .here(version: String(line))
    }
}
