import Foundation
import ServiceTestSupport

/// What `/metrics` says, read by Prometheus' own parser.
struct MetricsReading {
    /// The kind of each metric.
    let types: [String: String]
    /// Values by `name{label=value,…}`.
    private let samples: [String: Double]

    init(_ daemon: Daemon, key: String? = nil) throws {
        var api = daemon.api
        api.version = ""
        if let key { api.key = key }
        let answer = try api.send("GET", "/metrics")
        guard answer.status == 200 else { throw API.Unexpected(response: answer) }
        let parsed = try Command.run(
            Programs.python, [Programs.script("metrics.py")], input: answer.body + "\n")
        guard parsed.status == 0,
            let json = try JSONSerialization.jsonObject(with: Data(parsed.output.utf8)) as? [String: Any]
        else { throw Daemon.NotReady(description: "not the text format: \(parsed.error)\n\(answer.body)") }
        types = json["types"] as? [String: String] ?? [:]
        samples = json["samples"] as? [String: Double] ?? [:]
    }

    /// A sample's value, 0 where there is none.
    subscript(_ series: String) -> Double { samples[series] ?? 0 }

    /// Whether there is such a sample.
    func has(_ series: String) -> Bool { samples[series] != nil }

    /// What is more than `before`, of those samples that changed.
    func growth(since before: MetricsReading, of prefix: String) -> [String: Double] {
        samples.filter { $0.key.hasPrefix(prefix) }.compactMapValues { $0 }.reduce(into: [:]) { growth, sample in
            let more = sample.value - before[sample.key]
            if more != 0 { growth[sample.key] = more }
        }
    }
}
