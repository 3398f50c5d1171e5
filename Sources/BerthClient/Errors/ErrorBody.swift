import FoundationEssentials

/// The body of an error: `{"code", "message", "fieldList"?}`. Each member may be missing, as whoever answered may not have
/// been the service.
struct ErrorBody: Decodable {
    let code: String?
    let message: String?
    let fieldList: [FieldError]?
}

extension SftpClientError {
    /// The error that an answer other than 2xx is.
    ///
    /// - Parameters:
    ///   - operation: what was asked for.
    ///   - region: that of the client.
    ///   - mayHaveBeenCarriedOut: whether this attempt or an earlier one may have been.
    ///   - metadata: status, request id, attempts.
    init(
        _ response: WireResponse, operation: String, region: String, mayHaveBeenCarriedOut: Bool,
        metadata: ResponseMetadata
    ) {
        let body = try? JSONDecoder().decode(ErrorBody.self, from: response.body)
        let name = Self.name(in: response.headers["x-amzn-errortype"]) ?? Self.name(in: body?.code)
        func failure(_ message: String) -> ServiceFailure {
            ServiceFailure(
                operation: operation, region: region, message: message, mayHaveBeenCarriedOut: mayHaveBeenCarriedOut,
                metadata: metadata)
        }
        guard let name else {
            self = .unexpectedResponse(
                failure("The answer has the status \(response.status) and is none of the service's."))
            return
        }
        self.init(name: name, fields: body?.fieldList ?? [], failure: failure(body?.message ?? name))
    }

    /// The name of an error without what AWS's restJson1 allows around it: `namespace#Name:http://…`.
    static func name(in text: String?) -> String? {
        guard let text, let bare = text.split(separator: ":", omittingEmptySubsequences: false).first else {
            return nil
        }
        let name = bare.split(separator: "#").last.map(String.init) ?? ""
        return name.isEmpty ? nil : name
    }
}
