import Audit
import HTTPTypes
import Hummingbird
import Registry
import Synchronization

/// What is known of a request by the time it is answered, for the audit log and the metrics.
final class RequestTrace: Sendable {
    private struct State {
        var route: Route?
        var parameters: [String?] = []
        var key: APIKey?
        var details: [AuditEvent.Detail] = []
        var isCountedOnly = false
    }

    private let state = Mutex(State())

    /// The route's template; never the path itself, of which there is no end.
    var template: String { state.withLock { $0.route?.template } ?? RequestMetrics.unmatched }

    /// Notes the route that the path led to, and the parameters in it.
    func note(_ route: Route, parameters: [String?]) {
        state.withLock { ($0.route, $0.parameters) = (route, parameters) }
    }

    /// Notes the key that was shown, whether it has the right or not.
    func note(_ key: APIKey) {
        state.withLock { $0.key = key }
    }

    /// Notes that the audit log is told of the request by a number of many alone.
    func noteCountedOnly() {
        state.withLock { $0.isCountedOnly = true }
    }

    /// Notes what the request changed. No secret.
    func note(_ name: String, _ text: String) {
        note(.init(name, text))
    }

    /// Notes what the request changed. No secret.
    func note(_ detail: AuditEvent.Detail) {
        state.withLock { $0.details.append(detail) }
    }

    /// The event for the audit log; nil for a request that asked for nothing but to read, with a right to it, for one too many,
    /// which was not looked at, and for one of many without a valid key: of those there is no end.
    func event(of method: HTTPRequest.Method, _ response: Response, id: String, address: String?) -> AuditEvent? {
        let state = state.withLock { $0 }
        let status = response.status
        guard let route = state.route, route.right != nil, status != .tooManyRequests, !state.isCountedOnly
        else { return nil }
        let isDenied = status == .unauthorized || status == .forbidden
        guard isDenied || (method != .get && method != .head && route.methods.contains(method)) else { return nil }
        var details: [AuditEvent.Detail] = [.init("operation", route.description.name)]
        let target = state.parameters.compactMap(\.self).joined(separator: "/")
        if !target.isEmpty { details.append(.init("target", target)) }
        details.append(.init("status", .number(Int64(status.code))))
        if let error = response.headers[.errorType] { details.append(.init("error", error)) }
        let isDone = status.kind == .successful
        return AuditEvent(
            .apiRequest, isDone ? .granted : isDenied ? .denied : .failed,
            by: state.key.map { .apiKey(id: $0.id, name: $0.name) } ?? .unknown(claimed: nil), from: address,
            request: id, details + state.details)
    }
}
