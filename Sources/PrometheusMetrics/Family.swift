import Logging

/// Why a series is not what was asked for.
enum SeriesFault: Equatable {
    /// The name has as many series as it may.
    case tooMany(limit: Int)
    /// Other series of the name have labels of other names.
    case otherLabels
    /// The name is that of a metric of another kind.
    case otherKind

    func metadata(of name: String) -> Logger.Metadata {
        let reason =
            switch self {
            case .tooMany(let limit): "it has \(limit) series already"
            case .otherLabels: "its labels have other names than before"
            case .otherKind: "it was of another kind before"
            }
        return ["metric": "\(name)", "reason": "\(reason)"]
    }
}

/// All series of one name.
struct Family: Sendable {
    let name: String
    let kind: MetricDescription.Kind
    /// The names that the labels of all its series have.
    let labelNames: [String]
    private var entries: [SeriesKey: (labels: LabelSet, series: any Series)] = [:]
    /// What takes the counts of those beyond the limit.
    private var rest: (labels: LabelSet, series: any Series)?
    /// What was told already.
    private var faults: [SeriesFault] = []

    init(name: String, kind: MetricDescription.Kind, labelNames: [String]) {
        self.name = name
        self.kind = kind
        self.labelNames = labelNames
    }

    /// The series with these labels; nil where there may be none. A fault is there the first time.
    mutating func series<Kept: Series>(
        _ labels: LabelSet, of kind: MetricDescription.Kind, _ description: MetricDescription, limit: Int,
        _ type: Kept.Type
    ) -> (series: Kept?, fault: SeriesFault?) {
        guard kind == self.kind else { return (nil, told(.otherKind)) }
        if let entry = entries[labels.key] { return (entry.series as? Kept, nil) }
        guard labels.names == labelNames else { return (nil, told(.otherLabels)) }
        guard entries.count >= limit else {
            let series = Kept(description)
            entries[labels.key] = (labels, series)
            return (series, nil)
        }
        let fault = told(.tooMany(limit: limit))
        // The last value of any of them would say nothing.
        guard kind != .gauge else { return (nil, fault) }
        let other = labels.other
        let entry = entries[other.key] ?? rest ?? (other, Kept(description))
        rest = entry
        return (entry.series as? Kept, fault)
    }

    private mutating func told(_ fault: SeriesFault) -> SeriesFault? {
        guard !faults.contains(fault) else { return nil }
        faults.append(fault)
        return fault
    }

    /// The lines of each series.
    var page: Page {
        var page = Page(kind: kind)
        for (labels, series) in entries.values + [rest].compactMap(\.self) {
            var text = ""
            series.append(to: &text, name: name, labels: labels)
            page.series[labels.key] = text
        }
        return page
    }
}

/// What the text format says of one name.
struct Page {
    var kind: MetricDescription.Kind?
    /// Lines by the labels of their series.
    var series: [SeriesKey: String] = [:]
}
