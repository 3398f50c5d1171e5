import Audit
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Registry
import SessionControl

/// Answers every request: finds the operation, checks the key, and turns whatever happens into a response of the contract.
///
/// It takes the place of a router, which would not tell an unknown path from a known one with another method.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    let routes: [Route]
    let authentication: Authentication
    let rates: RequestRates
    let connections: Connections
    let audit: any AuditTrail
    let metrics: RequestMetrics
    let logger: Logger

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let started = ContinuousClock.now
        let trace = RequestTrace()
        let requestID = RequestID.choose(request.headers[.requestID])
        var logger = logger
        logger[metadataKey: "request"] = "\(requestID)"
        if let address = context.address { logger[metadataKey: "address"] = "\(address)" }
        var response: Response
        do {
            response = try await answer(request, context, trace, logger)
        } catch let error as APIError {
            Self.log(error, request, logger)
            response = APIResponse.error(error)
        } catch let error as HTTPParserError {
            // The server answers it and closes the connection: nothing behind it can be understood.
            throw error
        } catch {
            let error = APIError.unmapped(cause: "\(type(of: error))")
            Self.log(error, request, logger)
            response = APIResponse.error(error)
        }
        if let event = trace.event(of: request.method, response, id: requestID, address: context.address) {
            audit.record(event)
        }
        metrics.count(
            request.method, route: trace.template, status: response.status.code, took: ContinuousClock.now - started)
        if request.method == .head { response = Self.withoutBody(response) }
        response.headers[.requestID] = requestID
        response.headers[.generatedClientsRequestID] = requestID
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
            ])
        return response
    }

    private func answer(
        _ request: Request, _ context: APIContext, _ trace: RequestTrace, _ logger: Logger
    ) async throws -> Response {
        let target = RequestTarget(path: request.uri.path, query: request.uri.query)
        let matches = routes.compactMap { route in route.match(target.segments).map { (route, $0) } }
        if let first = matches.first { trace.note(first.0, parameters: first.1) }
        try rates.admit(from: context.source, isOfHealth: matches.contains(where: \.0.isOfHealth))
        let match = matches.first { $0.0.methods.contains(request.method) }
        // By requests that take no key a connection could stay known for as long as it likes once its key is gone.
        if match?.0.right == nil { connections.forget(context.channel) }
        guard !matches.isEmpty else { throw APIError(.unknownOperation, "There is no operation at this path.") }
        guard let (route, parameters) = match else {
            let allowed = matches.flatMap(\.0.methods).map(\.rawValue).joined(separator: ", ")
            throw APIError(
                .methodNotAllowed, "The methods \(allowed) are allowed at this path.", headers: [.allow: allowed])
        }
        trace.note(route, parameters: parameters)
        var logger = logger
        var key: APIKey?
        if let right = route.right {
            let found = try await authentication.authenticate(
                request.headers, context, right: right, trace: trace, logger: logger)
            logger[metadataKey: "key"] = "\(found.name)"
            logger[metadataKey: "key_id"] = "\(found.id)"
            key = found
        }
        return try await route.handler(
            Call(
                request: request, target: target, parameters: parameters, key: key, trace: trace, logger: logger))
    }

    /// Only what an operator has to know of: what the caller did wrong is in the response.
    private static func log(_ error: APIError, _ request: Request, _ logger: Logger) {
        guard let cause = error.cause else { return }
        logger.log(
            level: error.name == .unmapped ? .error : .warning, "request failed",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "reason": "\(cause)",
                "status": "\(error.name.status.code)",
            ])
    }

    /// The head as it would be with the body (RFC 9110 section 9.3.2).
    private static func withoutBody(_ response: Response) -> Response {
        Response(status: response.status, headers: response.headers)
    }
}
