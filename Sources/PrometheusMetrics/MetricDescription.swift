/// What a metric is, for whoever reads it: Prometheus shows the text beside the name.
public struct MetricDescription: Sendable, Equatable {
    /// The kinds of metrics that the text format knows and Berth uses.
    public enum Kind: String, Sendable {
        /// Only grows, and begins anew with the process.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations by their size.
        case histogram
    }

    /// The whole name, unit and `_total` included.
    public let name: String
    /// The kind.
    public let kind: Kind
    /// One sentence.
    public let help: String
    /// Upper bounds of a histogram's buckets, growing; the last one, infinity, is not among them.
    public let bounds: [Double]

    /// Bounds for durations in seconds, from a look into memory to a disk that hardly answers.
    public static let secondsBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// A description.
    public init(
        _ name: String, _ kind: Kind, _ help: String, bounds: [Double] = Self.secondsBounds
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.bounds = bounds
    }
}

/// A value that is looked up when somebody asks for it: how many users there are, say.
public struct MetricReading: Sendable, Equatable {
    /// The metric's whole name.
    public let name: String
    /// Labels with their values.
    public let labels: [(String, String)]
    /// The value now.
    public let value: Double

    /// A reading without labels.
    public init(_ name: String, _ value: Double) {
        self.init(name, [], value)
    }

    /// A reading.
    public init(_ name: String, _ labels: [(String, String)], _ value: Double) {
        self.name = name
        self.labels = labels
        self.value = value
    }

    /// Whether both say the same.
    public static func == (lhs: MetricReading, rhs: MetricReading) -> Bool {
        lhs.name == rhs.name && lhs.value == rhs.value
            && lhs.labels.elementsEqual(rhs.labels) { $0.0 == $1.0 && $0.1 == $1.1 }
    }
}
