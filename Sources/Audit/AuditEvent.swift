/// Something that somebody did or tried, as the audit log has it.
public struct AuditEvent: Sendable, Equatable {
    /// What happened.
    public enum Name: String, Sendable, CaseIterable {
        /// The service started: what follows happened after that.
        case serviceStarted = "service.started"
        /// The service stopped in good order.
        case serviceStopped = "service.stopped"
        /// A request to the management API that changes something, or that was refused for its key.
        case apiRequest = "api.request"
        /// Requests to the management API had no valid key, and are not there each by itself: there were too many.
        case apiUnauthorized = "api.unauthorized"
        /// An API key was made on the command line.
        case keyCreated = "api_key.created"
        /// An API key was ended on the command line.
        case keyRevoked = "api_key.revoked"
        /// An attempt to log in was decided.
        case login = "login"
        /// A session goes on that was logged in before the service started.
        case sessionAdopted = "session.adopted"
        /// A session ended that was logged in, or whose process died.
        case sessionEnded = "session.ended"
        /// A session said what it may not, and is ended.
        case sessionViolation = "session.violation"
        /// A file that was made or changed was closed, whole.
        case fileWritten = "file.written"
        /// A file that was only read was closed.
        case fileRead = "file.read"
        /// A file or directory got another name.
        case fileRenamed = "file.renamed"
        /// A file or link was removed.
        case fileRemoved = "file.removed"
        /// A directory was made.
        case directoryMade = "directory.made"
        /// A directory was removed.
        case directoryRemoved = "directory.removed"
        /// A symbolic link was made.
        case symbolicLinkMade = "symbolic_link.made"
        /// A file got a further name.
        case hardLinkMade = "hard_link.made"
        /// Size, permissions or times were set.
        case attributesChanged = "attributes.changed"
        /// An address was blocked.
        case blockBegan = "block.began"
        /// A block ended.
        case blockEnded = "block.ended"
        /// Lines that belong here could not be written.
        case linesLost = "audit.lost"
    }

    /// What came of it.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It was allowed, and done.
        case granted
        /// It was refused for who asked, or for how the asker proved it.
        case denied
        /// It was not done, for another reason.
        case failed
        /// Nobody asked: it happened.
        case done
    }

    /// Who did it.
    public enum Actor: Sendable, Equatable {
        /// A program with this API key.
        case apiKey(id: Int64, name: String)
        /// A partner, logged in.
        case user(String)
        /// Somebody who did not prove to be anybody; the name that was claimed, if any.
        case unknown(claimed: String?)
        /// Somebody at the machine, with this user id and its name.
        case machineUser(id: UInt32, name: String?)
        /// The service itself.
        case service
    }

    /// The value of a detail.
    public enum Value: Sendable, Equatable {
        /// Text.
        case text(String)
        /// Texts.
        case texts([String])
        /// A whole number.
        case number(Int64)
        /// Yes or no.
        case flag(Bool)
    }

    /// A detail that only some events have.
    public struct Detail: Sendable, Equatable {
        /// Its name: of the form `a_b`, and none of the members that every event may have.
        public let name: String
        /// Its value.
        public let value: Value

        /// A detail.
        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }

        /// Text.
        public init(_ name: String, _ text: String) { self.init(name, .text(text)) }
    }

    /// What happened.
    public var name: Name
    /// What came of it.
    public var outcome: Outcome
    /// Who did it.
    public var actor: Actor
    /// From where: an address, with the port where it is known.
    public var address: String?
    /// The session, as the log names it.
    public var session: String?
    /// The request, as the log names it.
    public var request: String?
    /// What else there is to know, in the order in which it is shown.
    public var details: [Detail]

    /// An event.
    public init(
        _ name: Name, _ outcome: Outcome, by actor: Actor, from address: String? = nil, session: String? = nil,
        request: String? = nil, _ details: [Detail] = []
    ) {
        self.name = name
        self.outcome = outcome
        self.actor = actor
        self.address = address
        self.session = session
        self.request = request
        self.details = details
    }
}
