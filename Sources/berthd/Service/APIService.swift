import Foundation
import Hummingbird
import ServiceLifecycle

/// The management API as a service whose failure tells the operator which setting is concerned.
struct APIService<Application: ApplicationProtocol>: Service {
    let application: Application
    let address: ListenAddress

    func run() async throws {
        do {
            try await application.run()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StartFailure(description: "api.listen: can't serve on \(address): \(error)")
        }
    }
}
