import HTTPTypes
import Hummingbird
import Provisioning
import Registry

/// What is measured, for Prometheus.
struct MetricsOperations: Sendable {
    let queue: BlockingQueue
    let observability: Observability

    /// The operations with their places.
    var routes: [Route] {
        [
            Route(
                methods: [.get, .head], path: [.literal("metrics")], right: .readMetrics, description: .getMetrics,
                handler: show)
        ]
    }

    private func show(_ call: Call) async throws -> Response {
        let text = try await queue.run { [observability] in observability.metricsText() }
        return Response(
            status: .ok, headers: [.contentType: observability.metricsType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
