import Foundation
import Glibc

/// A certificate with its key, in files of a workspace.
package struct TestCertificate {
    package let name: String
    package let certificate: String
    package let key: String

    /// Makes one, valid from and to so many days from now; of itself, or of another one that was made before.
    package init(
        _ name: String, in workspace: Workspace, kind: String = "p256", days: ClosedRange<Double> = -1...90,
        issuer: TestCertificate? = nil
    ) throws {
        self.name = name
        certificate = workspace.file("\(name).pem")
        key = workspace.file("\(name).key")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Programs/certificate.py").path
        let made = try Command.run(
            Programs.python,
            ["-W", "ignore", script, workspace.path, name, kind, "\(days.lowerBound)", "\(days.upperBound)"]
                + (issuer.map { [$0.name] } ?? []))
        guard made.status == 0 else { throw Daemon.NotReady(description: "no certificate: \(made)") }
    }

    /// The settings of a daemon that uses it.
    package var settings: [String: String] {
        ["BERTHD_API_TLS_CERTIFICATE": certificate, "BERTHD_API_TLS_KEY": key]
    }

    /// Puts this one's files where the other's are, each in one step.
    package func replace(_ other: TestCertificate) throws {
        for (from, to) in [(certificate, other.certificate), (key, other.key)] {
            try FileManager.default.copyItem(atPath: from, toPath: "\(to).next")
            guard rename("\(to).next", to) == 0 else { throw POSIXError(.EIO) }
        }
    }
}
