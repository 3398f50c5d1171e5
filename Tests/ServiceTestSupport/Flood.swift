import Foundation
import Glibc

/// Connections that are begun and never log in, and guessed passwords, from addresses of 127.64.0.0/10: by the load
/// generator of Tests/LoadGenerator, which `scripts/bench` uses too.
package final class Flood {
    private let process: ChildProcess
    private let output: LineLog
    private var input: Int32?

    /// Begins it; returns when it is at its height.
    ///
    /// - Parameters:
    ///   - halfOpen: connections that are held at once; one that is dropped has a successor after `pause` seconds.
    ///   - sources: addresses that the flood comes from.
    ///   - names: the names whose passwords are guessed.
    package init(
        port: UInt16, halfOpen: Int, guessesPerSecond: Int, sources: Int, pause: Double, names: [String]
    ) throws {
        let pipe = try Descriptors.pipe()
        input = pipe.write
        output = try LineLog()
        process = try ChildProcess(
            Programs.loadGenerator,
            [
                "flood", "\(port)", "\(halfOpen)", "\(guessesPerSecond)", "\(sources)", "\(pause)",
                names.joined(separator: ","),
            ], environment: Command.environment(), input: pipe.read, output: output.writeEnd, error: output.writeEnd)
        close(pipe.read)
        close(output.writeEnd)
        guard output.waitForLine(containing: "flooding") != nil else {
            throw Daemon.NotReady(description: "no flood: \(output.text)")
        }
    }

    deinit {
        if let input { close(input) }
        process.end()
    }

    /// Ends it: every connection of it is closed. What it counted, by the names that the generator prints.
    package func end() throws -> [String: Double] {
        if let input { close(input) }
        input = nil
        output.waitUntilComplete(seconds: 10)
        let counts = try JSONSerialization.jsonObject(with: Data((output.lines.last ?? "").utf8))
        return counts as? [String: Double] ?? [:]
    }
}
