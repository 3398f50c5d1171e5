import Hummingbird
import HTTPTypes
import NIOHTTP1
import Provisioning

/// Reads the body of a request that has to be a JSON object.
enum RequestBodyReader {
    /// Bytes of a body.
    static let limitBytes = 64 * 1_024

    /// The object in the body of `request`.
    ///
    /// - Parameter isOptional: whether no body at all is an object without members, where each is optional.
    /// - Throws: `APIError`, or what the connection threw.
    static func object(of request: Request, isOptional: Bool = false) async throws -> JSONValue {
        try checkMediaType(request.headers)
        let bytes = try await collect(request)
        if isOptional, bytes.isEmpty { return .object([]) }
        let value: JSONValue
        do {
            value = try JSONReader.read(bytes)
        } catch {
            throw APIError(invalid: [FieldError(path: "", message: message(error))])
        }
        guard case .object = value else {
            throw APIError(invalid: [FieldError(path: "", message: "must be a JSON object")])
        }
        return value
    }

    private static func message(_ error: JSONError) -> String {
        switch error {
        case .notUTF8: "must be a JSON object in UTF-8"
        case .unexpected(let offset): "must be a JSON object; it stops being one at byte \(offset)"
        case .nestedTooDeep: "must be a JSON object with at most \(JSONReader.depthLimit) levels"
        }
    }

    private static func checkMediaType(_ headers: HTTPFields) throws(APIError) {
        guard let type = headers[.contentType] else { return }
        let essence = type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        guard essence.utf8.elementsEqual("application/json".utf8) else {
            throw APIError(.unsupportedMediaType, "The body must be application/json.")
        }
    }

    private static func collect(_ request: Request) async throws -> [UInt8] {
        let tooLarge = APIError(.requestEntityTooLarge, "The body must have at most \(limitBytes) bytes.")
        if let length = request.headers[.contentLength], Int(length).map({ $0 > limitBytes }) ?? true { throw tooLarge }
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= limitBytes else { throw tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }
}
