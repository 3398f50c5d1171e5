import HTTPTypes
import Metrics

/// Counts requests by route, method and status, and measures how long they take. Each label has few values, whatever
/// clients send.
struct RequestMetrics: Sendable {
    /// The route of requests whose path is none of the API's.
    static let unmatched = "unmatched"
    /// The route of bytes that are no request.
    static let invalid = "invalid"

    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

    private let factory: any MetricsFactory
    private let refused: [Connections.Reason: Counter]

    init(factory: any MetricsFactory) {
        self.factory = factory
        let counters = Connections.Reason.allCases.map { reason in
            let dimensions = [("reason", reason.rawValue)]
            return (
                reason,
                Counter(label: "berth_http_connections_refused_total", dimensions: dimensions, factory: factory)
            )
        }
        refused = Dictionary(uniqueKeysWithValues: counters)
    }

    /// Counts a request that was answered.
    func count(_ method: HTTPRequest.Method, route: String, status: Int, took duration: Duration) {
        let method = Self.methods.contains(method) ? method.rawValue : "other"
        count(method, route: route, status: status)
        let (seconds, attoseconds) = duration.components
        Timer(
            label: "berth_http_request_duration_seconds", dimensions: [("method", method), ("route", route)],
            factory: factory
        ).recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// Counts bytes that were refused before they were a request.
    func countInvalid(status: Int) {
        count("other", route: Self.invalid, status: status)
    }

    /// Counts a connection that was refused, or closed for another one.
    func countRefused(_ reason: Connections.Reason) {
        refused[reason]?.increment()
    }

    private func count(_ method: String, route: String, status: Int) {
        Counter(
            label: "berth_http_requests_total",
            dimensions: [("method", method), ("route", route), ("status", String(status))], factory: factory
        ).increment()
    }
}
