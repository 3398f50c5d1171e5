import CoreMetrics
import Foundation
import LogTestSupport
import Testing

@testable import PrometheusMetrics

@Suite struct SeriesTests {
    @Test func aCounterNeverGoesDown() throws {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "n", factory: metrics)
        counter.increment(by: 5)
        counter.increment(by: -3)
        let exact = FloatingPointCounter(label: "x", factory: metrics)
        exact.increment(by: 0.25)
        exact.increment(by: 2)
        for amount in [-1.0, .nan, .infinity] { exact.increment(by: amount) }
        #expect(try ParsedText(metrics.text()).samples.map(\.value) == ["5", "2.25"])
        counter.reset()
        exact.reset()
        #expect(try ParsedText(metrics.text()).samples.map(\.value) == ["0", "0"])
    }

    @Test func largeCountsStayExact() throws {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "n", factory: metrics)
        counter.increment(by: Int64.max)
        counter.increment(by: Int64.max)
        #expect(try ParsedText(metrics.text()).value("n_total") == "18446744073709551614")
    }

    @Test func aGaugeShowsTheLastValueAndAMeterCounts() throws {
        let metrics = PrometheusMetrics()
        let gauge = Gauge(label: "g", factory: metrics)
        gauge.record(1)
        gauge.record(-4)
        let meter = Meter(label: "m", factory: metrics)
        meter.set(10)
        meter.increment(by: 2.5)
        meter.decrement()
        let recorder = Recorder(label: "sizes", factory: metrics)
        recorder.record(3)
        recorder.record(0.0001)
        let text = try ParsedText(metrics.text())
        #expect(text.value("g") == "-4" && text.value("m") == "11.5" && text.value("sizes_count") == "2")
    }

    @Test func theSameLabelsAreTheSameSeriesInWhateverOrderAndHoweverOftenItIsMade() throws {
        let metrics = PrometheusMetrics()
        for _ in 0..<10 {
            Counter(label: "n", dimensions: [("a", "1"), ("b", "2")], factory: metrics).increment()
            Counter(label: "n", dimensions: [("b", "2"), ("a", "1")], factory: metrics).increment()
        }
        #expect(try ParsedText(metrics.text()).samples.map(\.value) == ["20"])
    }

    @Test func aSeriesThatIsDestroyedGoesOnWhereItWas() throws {
        let metrics = PrometheusMetrics()
        for _ in 0..<2 {
            let counter = Counter(label: "n", factory: metrics)
            counter.increment()
            counter.destroy()
        }
        #expect(try ParsedText(metrics.text()).value("n_total") == "2")
    }

    @Test func seriesBeyondTheLimitAreCountedTogetherAndToldOnce() throws {
        let log = LogRecorder()
        let metrics = PrometheusMetrics(seriesLimit: 3, logger: log.logger)
        for number in 0..<10 {
            Counter(label: "n", dimensions: [("v", "\(number)"), ("w", "x")], factory: metrics).increment()
            Timer(label: "t", dimensions: [("v", "\(number)")], factory: metrics).recordSeconds(1)
            Gauge(label: "g", dimensions: [("v", "\(number)")], factory: metrics).record(1)
        }
        Counter(label: "n", dimensions: [("v", "1"), ("w", "x")], factory: metrics).increment()
        let text = try ParsedText(metrics.text())
        #expect(text.samples.filter { $0.name == "n_total" }.map(\.value) == ["1", "2", "1", "7"])
        #expect(text.value("n_total", ["v": "other", "w": "other"]) == "7")
        #expect(text.value("t_seconds_count", ["v": "other"]) == "7")
        // The last value of many things is that of none.
        #expect(text.samples.count { $0.name == "g" } == 3)
        #expect(log.complaints == ["n_total", "t_seconds", "g"].map { "\($0): it has 3 series already" })
    }

    @Test func aSeriesThatIsNamedOtherTakesTheRest() throws {
        let metrics = PrometheusMetrics(seriesLimit: 1)
        for value in ["other", "a", "b"] {
            Counter(label: "n", dimensions: [("v", value)], factory: metrics).increment()
        }
        #expect(try ParsedText(metrics.text()).samples.map(\.value) == ["3"])
    }

    @Test func whatBreaksTheRulesCountsNowhereAndIsToldOnce() throws {
        let log = LogRecorder()
        let metrics = PrometheusMetrics([.init("described", .gauge, "A gauge.")], logger: log.logger)
        for _ in 0..<3 {
            Counter(label: "n", dimensions: [("a", "1")], factory: metrics).increment()
            Counter(label: "n", dimensions: [("b", "1")], factory: metrics).increment()
            Gauge(label: "n_total", dimensions: [("a", "1")], factory: metrics).record(9)
            Recorder(label: "described", factory: metrics).record(9)
        }
        let text = try ParsedText(metrics.text())
        #expect(text.samples == [.init(name: "n_total", labels: ["a": "1"], value: "3")])
        #expect(
            log.complaints == [
                "n_total: its labels have other names than before", "n_total: it was of another kind before",
                "described: it was of another kind before",
            ])
    }

    @Test func nothingIsLostWhenAllThreadsCountAtOnceAndSomebodyLooks() throws {
        let metrics = PrometheusMetrics(seriesLimit: 50)
        let (threads, rounds) = (8, 2_000)
        let held = Counter(label: "held", factory: metrics)
        let exact = FloatingPointCounter(label: "exact", factory: metrics)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for round in 0..<rounds {
                held.increment()
                exact.increment(by: 0.5)
                Counter(label: "made", dimensions: [("v", "\(round % 100)")], factory: metrics).increment()
                Timer(label: "t", factory: metrics).recordMilliseconds(round % 20)
                if thread == 0, round % 100 == 0 {
                    let text = try? ParsedText(metrics.text())
                    // However many are on their way, a histogram's count is that of its buckets.
                    #expect(
                        text?.value("t_seconds_count") == text?.value("t_seconds_bucket", ["le": "+Inf"]) && text != nil
                    )
                }
            }
        }
        let text = try ParsedText(metrics.text())
        let all = threads * rounds
        #expect(text.value("held_total") == "\(all)" && text.value("exact_total") == "\(all / 2)")
        #expect(text.value("t_seconds_count") == "\(all)")
        let made = text.samples.filter { $0.name == "made_total" }
        #expect(made.compactMap { Int($0.value) }.reduce(0, +) == all && made.count == 51)
    }
}

extension LogRecorder {
    /// Which metrics were complained about, and why.
    fileprivate var complaints: [String] {
        events.map { "\($0.fields["metric"] ?? ""): \($0.fields["reason"] ?? "")" }
    }
}
