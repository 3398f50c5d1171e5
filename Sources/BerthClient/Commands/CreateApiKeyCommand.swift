import FoundationEssentials

/// Makes an API key. Not tried again once the service may have carried it out.
public struct CreateApiKeyCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "CreateApiKey"

    private struct Body: Encodable {
        let name: String
        let rights: [AccessRight]
        let expiresAt: String?
    }

    /// A name by which to tell the key from others.
    public var name: String
    /// What it may do.
    public var rights: [AccessRight]
    /// When it stops being valid; nil for never.
    public var expiresAt: Date?

    /// A key with these rights.
    public init(name: String, rights: [AccessRight], expiresAt: Date? = nil) {
        self.name = name
        self.rights = rights
        self.expiresAt = expiresAt
    }

    /// `POST /api-keys`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.post, .berth, ["api-keys"]).with(
            Body(name: name, rights: rights, expiresAt: expiresAt.map(Timestamp.text)))
    }

    /// The key that was made.
    public struct Output: CommandOutput, Equatable {
        private struct Body: Decodable {
            let apiKey: Secret
        }

        /// The key as it will be listed.
        public let entry: APIKeyEntry
        /// The key itself, which the service shows this once.
        public let apiKey: Secret
        /// Status, request id, attempts.
        public let metadata: ResponseMetadata

        /// Reads the key.
        public init(_ response: CommandResponse) throws(SftpClientError) {
            entry = try response.decoded()
            apiKey = try response.decoded(Body.self).apiKey
            metadata = response.metadata
        }
    }
}
