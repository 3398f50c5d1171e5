/// What became of one attempt to send a request.
enum AttemptOutcome: Sendable, Equatable {
    /// An answer of any status.
    case answered(WireResponse)
    /// No connection was made, or it broke before the request was sent whole: it was not carried out.
    ///
    /// - Parameter isLasting: whether another attempt would end the same, as with a certificate that is not trusted.
    case notSent(reason: String, isLasting: Bool)
    /// It was sent, or may have been, and no answer came.
    case lost(reason: String)
    /// Its time was over.
    case timedOut(mayHaveBeenSent: Bool)
    /// The task was cancelled.
    case cancelled(mayHaveBeenSent: Bool)
    /// The client was destroyed.
    case destroyed

    /// Whether the service may have carried the request out though the client does not know how it ended.
    var mayHaveBeenCarriedOut: Bool {
        switch self {
        case .answered(let response): response.isAmbiguous
        case .lost: true
        case .timedOut(let mayHaveBeenSent), .cancelled(let mayHaveBeenSent): mayHaveBeenSent
        case .notSent, .destroyed: false
        }
    }
}

extension WireResponse {
    /// Whether whoever answered need not know what became of the request. The service's own 503 says that nothing was done, and
    /// so does its 504, that it gave up before it did anything that stays; those of a proxy say only that the service did not
    /// answer.
    var isAmbiguous: Bool {
        let name = SftpClientError.name(in: headers["x-amzn-errortype"])
        return switch status {
        case 503: name != "ServiceUnavailableException"
        case 504: name != "BucketProvisioningTimeout" && name != "SftpProvisioningTimeout"
        // The 500 of a service that failed halfway, and those that proxies have for upstreams that they lost. Of every other
        // 5xx whoever answered passed nothing on: it can't do so, or has no room, or wants a login of its own (501, 507, 511).
        case 500, 502, 520...529, 598, 599: true
        default: false
        }
    }

    /// The pause that Retry-After asks for in seconds.
    var retryAfter: Duration? {
        guard let text = headers["retry-after"], let seconds = Int(text), (0...86_400).contains(seconds) else {
            return nil
        }
        return .seconds(seconds)
    }
}
