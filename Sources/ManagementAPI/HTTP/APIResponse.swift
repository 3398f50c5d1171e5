import Foundation
import Hummingbird
import HTTPTypes
import Provisioning

/// Responses in the contract's form.
enum APIResponse {
    /// An error: `x-amzn-errortype` and a body with code, message and, where members are wrong, all of them.
    private struct ErrorBody: Encodable {
        struct Field: Encodable {
            let path: String
            let message: String
        }

        let code: String
        let message: String
        let fieldList: [Field]?
        let reasons: [String]?
    }

    /// `body` as JSON. Members that are nil are left out.
    static func json(
        _ body: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws(APIError) -> Response {
        let data = try encoded(body)
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// `body` as the bytes of ``json(_:status:headers:)``.
    static func encoded(_ body: some Encodable) throws(APIError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        guard let data = try? encoder.encode(body) else { throw .unmapped(cause: "a response can't be encoded") }
        return data
    }

    /// 204: no body, and no length of one (RFC 9110 section 8.6).
    static func noContent() -> Response {
        var response = Response(status: .noContent)
        response.headers[.contentLength] = nil
        return response
    }

    /// The response to an error; `reasons` are why the service is not ready.
    static func error(_ error: APIError, reasons: [String]? = nil) -> Response {
        let body = ErrorBody(
            code: error.name.rawValue, message: error.message,
            fieldList: error.fields?.map { ErrorBody.Field(path: $0.path, message: $0.message) }, reasons: reasons)
        var headers = error.headers
        headers[.errorType] = error.name.rawValue
        let response = try? json(body, status: error.name.status, headers: headers)
        return response ?? Response(status: error.name.status, headers: headers)
    }
}

extension HTTPField.Name {
    /// The header by which generated clients tell errors apart.
    static let errorType = constant("x-amzn-errortype")
    /// The header that carries the id of a request to and from the client.
    static let requestID = constant("x-request-id")
    /// The header from which generated clients take a response's id; the same id.
    static let generatedClientsRequestID = constant("x-amzn-requestid")

    private static func constant(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(name.description) else { preconditionFailure("not a header's name") }
        return name
    }
}
