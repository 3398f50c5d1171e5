import Hummingbird
import Logging
import Provisioning
import Registry

/// A request on its way to the operation that answers it.
struct Call: Sendable {
    /// The request itself, its body not read yet.
    let request: Request
    /// Path and query.
    let target: RequestTarget
    /// The parameter of the path; nil when it is no valid text, so that nothing can have it as its name.
    let parameter: String?
    /// The key it came with; nil for operations without one.
    let key: APIKey?
    /// A logger with the request's id, the client's address and the key's name and id.
    let logger: Logger

    /// The parameter as the name of a user.
    func username() throws(APIError) -> String {
        guard let parameter else { throw APIError(ProvisioningError.noSuchUser) }
        return parameter
    }
}
