import CoreMetrics
import Synchronization

/// One series of values: what a counter, gauge or histogram with certain labels adds up to. Safe on all threads.
protocol Series: AnyObject, Sendable {
    /// A series at its beginning, as the description wants it.
    init(_ description: MetricDescription)

    /// The lines of the text format.
    func append(to text: inout String, name: String, labels: LabelSet)
}

/// A counter: never goes down, whatever it is told.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<UInt64>(0)
    /// The bits of what came as floating-point numbers.
    private let fractional = Atomic<UInt64>(0)

    init(_ description: MetricDescription) {}

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fractional.update { $0 + amount }
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fractional.store(0, ordering: .relaxed)
    }

    func append(to text: inout String, name: String, labels: LabelSet) {
        let whole = whole.load(ordering: .relaxed)
        let fractional = Double(bitPattern: fractional.load(ordering: .relaxed))
        let value = fractional == 0 ? String(whole) : ExpositionText.number(Double(whole) + fractional)
        text += name + labels.braced() + " " + value + "\n"
    }
}

/// A gauge: the last value, or the sum of what was added and taken away.
final class GaugeSeries: Series, RecorderHandler, MeterHandler {
    private let bits = Atomic<UInt64>(0)

    init(_ description: MetricDescription) {}

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func set(_ value: Int64) { record(Double(value)) }
    func set(_ value: Double) { record(value) }
    func increment(by amount: Double) { bits.update { $0 + amount } }
    func decrement(by amount: Double) { bits.update { $0 - amount } }

    func append(to text: inout String, name: String, labels: LabelSet) {
        let value = ExpositionText.number(Double(bitPattern: bits.load(ordering: .relaxed)))
        text += name + labels.braced() + " " + value + "\n"
    }
}

/// A histogram. It has a lock, held for a few additions, so that its count is always that of its buckets.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    private struct State {
        /// Observations in each bucket, those above the last bound at the end.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(_ description: MetricDescription) {
        bounds = description.bounds
        state = Mutex(State(counts: [UInt64](repeating: 0, count: description.bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        // The first bucket whose bound is not below the value; there are few.
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] &+= 1
            state.sum += value
        }
    }

    func append(to text: inout String, name: String, labels: LabelSet) {
        let state = state.withLock { $0 }
        var count: UInt64 = 0
        for (place, inBucket) in state.counts.enumerated() {
            count &+= inBucket
            let bound = ExpositionText.number(place < bounds.count ? bounds[place] : .infinity)
            text += name + "_bucket" + labels.braced("le=\"" + bound + "\"") + " " + String(count) + "\n"
        }
        text += name + "_sum" + labels.braced() + " " + ExpositionText.number(state.sum) + "\n"
        text += name + "_count" + labels.braced() + " " + String(count) + "\n"
    }
}

extension Atomic<UInt64> {
    /// Changes the floating-point number whose bits these are.
    fileprivate func update(_ change: (Double) -> Double) {
        var old = load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (isExchanged, present) = compareExchange(expected: old, desired: new, ordering: .relaxed)
            if isExchanged { return }
            old = present
        }
    }
}
