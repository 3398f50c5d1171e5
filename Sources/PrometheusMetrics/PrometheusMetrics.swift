import CoreMetrics
import Logging
import Synchronization

/// A backend of swift-metrics that shows its metrics in Prometheus' text format, version 0.0.4.
///
/// Names are made whole by Prometheus' conventions: counters end in `_total`, timers are histograms in `_seconds`. Series
/// are bounded: beyond ``seriesLimit`` for a name, counts go to one whose labels are all `other`, and gauges are left out.
/// All labels of a name have the same names. What breaks these rules counts nowhere and is logged once for each name.
///
/// Making a counter anew for each use finds the series that is there, which takes a lock for a moment; holding on to one
/// takes none: counters and gauges are atomic.
public final class PrometheusMetrics: MetricsFactory {
    /// Series that a name may have, beside the one for all others.
    public static let seriesLimit = 1_000

    /// The media type of ``text()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct State {
        var families: [String: Family] = [:]
        var collectors: [@Sendable () -> [MetricReading]] = []
    }

    private let descriptions: [String: MetricDescription]
    private let seriesLimit: Int
    private let logger: Logger?
    private let state = Mutex(State())

    /// A backend without any metrics yet.
    ///
    /// - Parameters:
    ///   - descriptions: of the metrics that are known; others get no text and the usual bounds.
    ///   - logger: where it is told, once for each name, that a metric breaks the rules.
    public init(
        _ descriptions: [MetricDescription] = [], seriesLimit: Int = PrometheusMetrics.seriesLimit,
        logger: Logger? = nil
    ) {
        self.descriptions = Dictionary(descriptions.map { ($0.name, $0) }) { first, _ in first }
        self.seriesLimit = max(1, seriesLimit)
        self.logger = logger
    }

    /// Has `collect` asked for its readings whenever somebody asks for the text: for values that somebody else keeps.
    public func addCollector(_ collect: @escaping @Sendable () -> [MetricReading]) {
        state.withLock { $0.collectors.append(collect) }
    }

    /// All metrics by name, each with its series in the order of their labels. Calls the collectors, which may wait.
    public func text() -> String {
        let (families, collectors) = state.withLock { (Array($0.families.values), $0.collectors) }
        var pages = Dictionary(families.map { ($0.name, $0.page) }) { first, _ in first }
        for reading in collectors.flatMap({ $0() }) {
            let name = ExpositionText.metricName(reading.name)
            let labels = LabelSet(reading.labels)
            let value = ExpositionText.number(reading.value)
            pages[name, default: Page()].series[labels.key] = name + labels.braced() + " " + value + "\n"
        }
        var text = ""
        for (name, page) in pages.sorted(by: { $0.key < $1.key }) where !page.series.isEmpty {
            let description = descriptions[name]
            if let help = description?.help { text += "# HELP \(name) \(ExpositionText.escapedHelp(help))\n" }
            text += "# TYPE \(name) \((page.kind ?? description?.kind ?? .gauge).rawValue)\n"
            for (_, lines) in page.series.sorted(by: { $0.key < $1.key }) { text += lines }
        }
        return text
    }

    /// See `MetricsFactory`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, "_total", .counter, dimensions, CounterSeries.self)
    }

    /// See `MetricsFactory`.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, "_total", .counter, dimensions, CounterSeries.self)
    }

    /// See `MetricsFactory`.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, "", .gauge, dimensions, GaugeSeries.self)
    }

    /// See `MetricsFactory`.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return series(label, "", .histogram, dimensions, HistogramSeries.self) }
        return series(label, "", .gauge, dimensions, GaugeSeries.self)
    }

    /// See `MetricsFactory`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, "_seconds", .histogram, dimensions, HistogramSeries.self)
    }

    // Series stay: one that comes back may not begin anew.

    /// See `MetricsFactory`.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// See `MetricsFactory`.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// See `MetricsFactory`.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// See `MetricsFactory`.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// See `MetricsFactory`.
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The series with these labels, made where it is missing; one that counts nowhere where it may not be.
    private func series<Kept: Series>(
        _ label: String, _ suffix: String, _ kind: MetricDescription.Kind, _ dimensions: [(String, String)],
        _ type: Kept.Type
    ) -> Kept {
        var name = ExpositionText.metricName(label)
        if !name.hasSuffix(suffix) { name += suffix }
        let labels = LabelSet(dimensions)
        let description = descriptions[name] ?? MetricDescription(name, kind, "")
        let (found, fault) = state.withLock { state in
            state.families[name, default: Family(name: name, kind: description.kind, labelNames: labels.names)]
                .series(labels, of: kind, description, limit: seriesLimit, Kept.self)
        }
        if let fault { logger?.warning("a metric is not counted as it asks for", metadata: fault.metadata(of: name)) }
        return found ?? Kept(description)
    }
}
