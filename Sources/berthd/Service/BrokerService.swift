import ServiceLifecycle
import SessionBroker

/// The broker as a service that may end before it is its turn: the group takes a service that does for one that failed.
struct BrokerService: Service {
    let broker: SessionBroker

    func run() async throws {
        try await broker.run()
        try? await gracefulShutdown()
    }
}
