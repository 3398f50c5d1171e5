import PrometheusMetrics
import Testing

@testable import berthd

@Suite struct MetricCatalogueTests {
    @Test func namesFollowTheConventionsAndAreThereOnce() {
        let all = MetricCatalogue.all
        #expect(Set(all.map(\.name)).count == all.count)
        for metric in all {
            #expect(metric.name.hasPrefix("berth_") || metric.name.hasPrefix("process_"))
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(metric.kind != .histogram || metric.name.hasSuffix("_seconds"), "\(metric.name)")
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
        }
    }

    @Test func theProcessIsSeenByTheSystem() {
        let readings = ProcessFigures().readings
        #expect(
            Set(readings.map(\.name)) == Set(MetricCatalogue.all.map(\.name).filter { $0.hasPrefix("process_") }))
        #expect(readings.allSatisfy { $0.value > 0 })
    }
}
