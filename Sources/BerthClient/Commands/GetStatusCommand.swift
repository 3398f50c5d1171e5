/// Asks the service about itself.
public struct GetStatusCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "GetStatus"

    /// Asks the service about itself.
    public init() {}

    /// `GET /status`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .berth, ["status"])
    }

    /// What the service says. Its members are the output's own: `output.version`.
    @dynamicMemberLookup
    public struct Output: CommandOutput, Equatable {
        /// What the service says.
        public let status: ServiceStatus
        /// Status, request id, attempts.
        public let metadata: ResponseMetadata

        /// Reads the status.
        public init(_ response: CommandResponse) throws(SftpClientError) {
            status = try response.decoded()
            metadata = response.metadata
        }

        /// A member of the status.
        public subscript<Value>(dynamicMember member: KeyPath<ServiceStatus, Value>) -> Value {
            status[keyPath: member]
        }
    }
}
