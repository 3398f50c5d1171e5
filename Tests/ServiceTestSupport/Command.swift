import Foundation
import Glibc

/// A program run to its end.
package struct Command {
    package struct Result {
        /// The exit status, 128 + the signal's number, or nil when it ran over its time and was ended.
        package let status: Int32?
        package let output: String
        package let error: String
        package let seconds: Double
    }

    /// What every program of a test gets: no configuration or agent of the person who runs the tests.
    package static func environment(_ own: [String: String] = [:]) -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let base = ["PATH": path, "HOME": "/nonexistent", "LANG": "C.UTF-8", "TZ": "UTC"]
        return base.merging(own) { $1 }
    }

    /// Runs a program, gives it `input`, and waits for it.
    package static func run(
        _ program: String, _ arguments: [String], input: String = "", environment own: [String: String] = [:],
        seconds: Double = 30
    ) throws -> Result {
        let started = ContinuousClock.now
        let output = try LineLog()
        let error = try LineLog()
        let inputFile = try Descriptors.file(holding: Data(input.utf8))
        defer { close(inputFile) }
        let child = try ChildProcess(
            program, arguments, environment: environment(own), input: inputFile, output: output.writeEnd,
            error: error.writeEnd)
        close(output.writeEnd)
        close(error.writeEnd)
        let status = child.wait(seconds: seconds)
        if status == nil { child.end() }
        output.waitUntilComplete(seconds: 5)
        error.waitUntilComplete(seconds: 5)
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        return Result(status: status, output: output.text, error: error.text, seconds: elapsed)
    }
}
