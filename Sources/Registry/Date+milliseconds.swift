import Foundation

extension Date {
    /// Milliseconds since 1970-01-01T00:00:00Z, the form in which the registry keeps times; held within what fits.
    var millisecondsSinceEpoch: Int64 {
        Int64(exactly: (timeIntervalSince1970 * 1000).rounded()) ?? (timeIntervalSince1970 < 0 ? .min : .max)
    }

    init(millisecondsSinceEpoch: Int64) {
        self.init(timeIntervalSince1970: Double(millisecondsSinceEpoch) / 1000)
    }
}
