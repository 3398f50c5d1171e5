import Audit
import Metrics

/// Where the API says what it does, and what it shows of what is measured.
public struct Observability: Sendable {
    /// The audit log.
    public var audit: any AuditTrail
    /// Where requests are counted.
    public var metrics: any MetricsFactory
    /// The text of `/metrics`; asked for on a thread that may wait.
    public var metricsText: @Sendable () -> String
    /// The media type of that text.
    public var metricsType: String

    /// Observability; by default nothing is taken down or shown.
    public init(
        audit: any AuditTrail = NoAuditTrail(), metrics: any MetricsFactory = MetricsSystem.factory,
        metricsType: String = "text/plain; charset=utf-8", metricsText: @escaping @Sendable () -> String = { "" }
    ) {
        self.audit = audit
        self.metrics = metrics
        self.metricsType = metricsType
        self.metricsText = metricsText
    }
}
