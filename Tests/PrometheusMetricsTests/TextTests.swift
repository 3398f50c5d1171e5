import CoreMetrics
import SFTPTestSupport
import Testing

@testable import PrometheusMetrics

@Suite struct TextTests {
    @Test func metricsAreShownByNameAndSeriesByTheirLabels() {
        let metrics = PrometheusMetrics([
            .init("jobs_total", .counter, "Jobs.\nBy \\ kind."), .init("room_bytes", .gauge, "Room."),
        ])
        Counter(label: "jobs_total", dimensions: [("kind", "b"), ("by", "x")], factory: metrics).increment(by: 3)
        Counter(label: "jobs_total", dimensions: [("by", "x"), ("kind", "a")], factory: metrics).increment()
        Gauge(label: "room_bytes", factory: metrics).record(2.5)
        Counter(label: "a_total", factory: metrics).increment(by: 0)
        #expect(
            metrics.text() == """
                # TYPE a_total counter
                a_total 0
                # HELP jobs_total Jobs.\\nBy \\\\ kind.
                # TYPE jobs_total counter
                jobs_total{by="x",kind="a"} 1
                jobs_total{by="x",kind="b"} 3
                # HELP room_bytes Room.
                # TYPE room_bytes gauge
                room_bytes 2.5

                """)
    }

    @Test func aTimerIsAHistogramInSeconds() {
        let metrics = PrometheusMetrics([.init("wait_seconds", .histogram, "Waits.", bounds: [0.01, 1])])
        let timer = Timer(label: "wait", dimensions: [("of", "x")], factory: metrics)
        for milliseconds in [10, 11, 1_000, 1_001, 70_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            metrics.text() == """
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{of="x",le="0.01"} 1
                wait_seconds_bucket{of="x",le="1"} 3
                wait_seconds_bucket{of="x",le="+Inf"} 5
                wait_seconds_sum{of="x"} 72.022
                wait_seconds_count{of="x"} 5

                """)
    }

    @Test func namesAreMadeWholeByTheConventions() throws {
        let metrics = PrometheusMetrics()
        Counter(label: "jobs", factory: metrics).increment()
        Counter(label: "jobs_total", factory: metrics).increment()
        Timer(label: "wait", factory: metrics).recordSeconds(1)
        Counter(label: "9 lives.of-cats:é", dimensions: [("a-b", "1"), ("__own", "2"), ("1", "3")], factory: metrics)
            .increment()
        let text = try ParsedText(metrics.text())
        #expect(text.value("jobs_total") == "2" && text.value("wait_seconds_count") == "1")
        #expect(text.value("_9_lives_of_cats:__total", ["a_b": "1", "_own": "2", "_1": "3"]) == "1")
    }

    @Test func aLabelThatIsTheHistogramsOwnOrThereTwiceSpoilsNothing() throws {
        let metrics = PrometheusMetrics()
        Timer(label: "wait", dimensions: [("le", "x")], factory: metrics).recordSeconds(1)
        Counter(label: "jobs", dimensions: [("a", "1"), ("a", "2")], factory: metrics).increment()
        let text = try ParsedText(metrics.text())
        #expect(text.value("wait_seconds_bucket", ["exported_le": "x", "le": "1"]) == "1")
        #expect(text.samples.count { $0.name == "jobs_total" && $0.labels.keys.elementsEqual(["a"]) } == 1)
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "0"), (1, "1"), (1e15, "1000000000000000"), (0.1, "0.1"), (1e-9, "1e-09"), (1e300, "1e+300"),
        (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (-12.5, "-12.5"),
    ])
    func numbersAreThoseOfTheFormat(value: Double, text: String) {
        #expect(ExpositionText.number(value) == text)
    }

    @Test func anyValueOfALabelComesBackAsItWas() throws {
        let seed = TestSeed.value(fixed: 11)
        var random = SplitMix64(seed: seed)
        let metrics = PrometheusMetrics(seriesLimit: 10_000)
        let special: [Unicode.Scalar] = [
            "\"", "\\", "\n", "\r", "{", "}", ",", "=", " ", "#", "\u{2028}", "é", "日", "🦆", "\u{10ffff}", "\u{1}",
        ]
        var expected: [String: Int] = [:]
        for _ in 0..<2_000 {
            var value = ""
            for _ in 0..<random.below(12) {
                let scalar =
                    random.below(2) == 0
                    ? special[random.below(special.count)] : Unicode.Scalar(UInt32(1 + random.below(0xd7ff)))
                if let scalar { value.unicodeScalars.append(scalar) }
            }
            Counter(label: "n", dimensions: [("v", value), ("other", "x")], factory: metrics).increment()
            // Texts that are equal to Swift may be two to Prometheus.
            expected[Self.spelled(value), default: 0] += 1
        }
        let text = try ParsedText(metrics.text())
        #expect(text.samples.count == expected.count, "seed \(seed)")
        for sample in text.samples {
            let value = sample.labels["v"] ?? ""
            #expect(
                sample.value == expected[Self.spelled(value)].map(String.init),
                "seed \(seed): \(value.debugDescription)")
        }
    }

    private static func spelled(_ text: String) -> String {
        text.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " ")
    }

    /// Prometheus' own parser takes NUL for the end of the text.
    @Test func nulInAValueBecomesTheReplacementCharacter() throws {
        let metrics = PrometheusMetrics()
        Counter(label: "n", dimensions: [("v", "a\0b")], factory: metrics).increment()
        #expect(try ParsedText(metrics.text()).value("n_total", ["v": "a\u{fffd}b"]) == "1")
    }

    @Test func readingsAreLookedUpWhenTheTextIsAskedFor() throws {
        let metrics = PrometheusMetrics([.init("cpu_seconds_total", .counter, "Time.")])
        let gauge = Gauge(label: "present", factory: metrics)
        metrics.addCollector {
            [
                .init("cpu_seconds_total", 1.5), .init("size_bytes", [("of", "b\"")], 7),
                .init("size_bytes", [("of", "a")], 8),
            ]
        }
        gauge.record(3)
        let text = try ParsedText(metrics.text())
        #expect(text.types == ["cpu_seconds_total": "counter", "present": "gauge", "size_bytes": "gauge"])
        #expect(text.samples.map(\.value) == ["1.5", "3", "8", "7"])
    }
}
