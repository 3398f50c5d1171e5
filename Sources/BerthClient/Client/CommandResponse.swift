import FoundationEssentials

/// An answer with success, for an operation's output to read itself from.
public struct CommandResponse: Sendable {
    let operation: String
    let region: String
    let wire: WireResponse
    /// Whether the request asked for a change, which it then made.
    let isOfChange: Bool
    let metadata: ResponseMetadata

    /// The value of a header, by its name in lower case.
    func header(_ name: String) -> String? { wire.headers[name] }

    /// The body as JSON. Members that `Value` doesn't have are ignored.
    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(SftpClientError) -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let date = Timestamp.date(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time")
            }
            return date
        }
        do {
            return try decoder.decode(type, from: wire.body)
        } catch {
            // The error itself may quote the body, which may hold a password.
            throw .unexpectedResponse(
                ServiceFailure(
                    operation: operation, region: region,
                    message: "The answer is not what \(operation) gives.", mayHaveBeenCarriedOut: isOfChange,
                    metadata: metadata))
        }
    }
}
