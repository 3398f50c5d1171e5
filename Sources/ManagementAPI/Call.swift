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
    /// The parameters of the path in their order; nil when one is no valid text, so that nothing can have it as its name.
    let parameters: [String?]
    /// The key it came with; nil for operations without one.
    let key: APIKey?
    /// What the audit log is told beside the request itself.
    let trace: RequestTrace
    /// A logger with the request's id, the client's address and the key's name and id.
    let logger: Logger

    /// The first parameter as the name of a user.
    func username() throws(APIError) -> String { try parameter(0, or: .noSuchUser) }

    /// A parameter; `error` where it is no valid text.
    func parameter(_ index: Int, or error: ProvisioningError) throws(APIError) -> String {
        guard index < parameters.count, let parameter = parameters[index] else { throw APIError(error) }
        return parameter
    }

    /// The parameter as the number that the registry gave something; nil for what is no such number.
    func number(_ index: Int) -> Int64? {
        guard index < parameters.count, let text = parameters[index] else { return nil }
        // Each number has one spelling.
        return Int64(text).flatMap { String($0) == text ? $0 : nil }
    }

    /// The page that the query asks for.
    var page: PageRequest { PageRequest(pageSize: target.integer("pageSize"), pageToken: target.text("pageToken")) }
}
