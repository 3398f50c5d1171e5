import Foundation
import Glibc

/// Packages of PyPI, which `scripts/test` puts in places of their own, each named as its `requirements-NAME.txt`.
enum PythonPackages {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let environment = ProcessInfo.processInfo.environment

    /// The Python that has them.
    static func python(_ name: String) -> String {
        (environment["BERTH_INTEROP_BUILD"] ?? "\(root)/.build/interoperability") + "/python-\(name)/bin/python"
    }

    /// Whether they are there. Where `scripts/test` runs everything, it fails without them.
    static func areWanted(_ name: String) -> Bool {
        access(python(name), X_OK) == 0 || environment["BERTH_INTEROP_REQUIRE_ALL"] != nil
    }
}
