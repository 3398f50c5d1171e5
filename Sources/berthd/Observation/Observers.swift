import Audit
import Foundation
import Logging
import ManagementAPI
import Metrics
import PrometheusMetrics
import Synchronization

/// What tells others what the service does: its metrics and its audit log.
final class Observers: Sendable {
    let metrics: PrometheusMetrics
    /// The audit log; nil where none is kept.
    let audit: AuditLog?
    private let isOver = Atomic(false)

    /// Begins to measure, opens the audit log and takes the start down. Once in a process.
    init(auditFile: String?, logger: Logger) throws(StartFailure) {
        let metrics = PrometheusMetrics(MetricCatalogue.all, logger: logger)
        self.metrics = metrics
        MetricsSystem.bootstrap(metrics)
        do throws(AuditFailure) {
            audit = try auditFile.map { path throws(AuditFailure) in
                try AuditLog(path: path, logger: logger, metrics: metrics)
            }
        } catch {
            throw StartFailure(description: "audit.file: \(error)")
        }
        trail.record(
            AuditEvent(.serviceStarted, .done, by: .service, [.init("version", Berthd.version)]))
    }

    var trail: any AuditTrail { audit ?? NoAuditTrail() }

    /// What the API needs of these.
    var ofAPI: Observability {
        Observability(
            audit: trail, metrics: metrics, metricsType: PrometheusMetrics.contentType,
            metricsText: { [metrics] in metrics.text() })
    }

    /// Has these figures shown beside what is counted.
    func watch(_ figures: ServiceFigures) {
        metrics.addCollector { figures.readings }
        let process = ProcessFigures()
        metrics.addCollector { process.readings }
    }

    /// Has the end of the API's certificate shown.
    func watch(_ certificate: CurrentCertificate) {
        metrics.addCollector {
            [.init("berth_http_certificate_end_time_seconds", certificate.certificate.expiresAt.timeIntervalSince1970)]
        }
    }

    /// Takes the end of the service down, once, and writes what waits.
    ///
    /// - Parameter isSound: whether it was told to stop.
    func end(isSound: Bool) {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        trail.record(AuditEvent(.serviceStopped, isSound ? .done : .failed, by: .service))
        audit?.finish()
    }
}
