import GRDB
import PrometheusMetrics
import SFTPTestSupport
import Testing

@testable import Registry

@Suite struct RegistryMetricsTests {
    @Test func changesAreMeasuredAndOnlyFailuresAreErrors() throws {
        let directory = ScratchDirectory()
        let metrics = PrometheusMetrics()
        let registry = try Registry(path: directory.host("berth.sqlite"), metrics: metrics)
        func count(_ name: String) -> String? {
            metrics.text().split(separator: "\n").first { $0.hasPrefix(name + " ") }
                .map { String($0.dropFirst(name.count + 1)) }
        }
        let (writes, errors) = ("berth_registry_write_duration_seconds_count", "berth_registry_write_errors_total")
        #expect(count(writes) == "0" && count(errors) == "0")
        _ = try registry.createUser(homeDirectory: "/a", description: "d", passwordLength: 16)
        _ = try registry.users(after: nil, limit: 10)
        #expect(count(writes) == "1")
        // As many as are allowed is no failure.
        #expect(throws: RegistryError.userLimitReached(limit: 1)) {
            try registry.createUser(homeDirectory: "/b", description: "d", passwordLength: 16, maxUsers: 1)
        }
        #expect(count(writes) == "1" && count(errors) == "0")
        try registry.pool.write { try $0.execute(sql: "DROP TABLE api_key") }
        #expect(throws: RegistryError.self) { try registry.createAPIKey(name: "k") }
        #expect(count(writes) == "1" && count(errors) == "1")
    }
}
