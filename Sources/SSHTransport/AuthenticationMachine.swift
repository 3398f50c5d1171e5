import SSHWire

/// One attempt of a client to log in, for somebody else to decide.
public struct AuthenticationAttempt {
    /// How the client proves who it is.
    public enum Method: Sendable {
        /// RFC 4252 section 8.
        case password
        /// RFC 4256 with one prompt for the password.
        case keyboardInteractive
    }

    /// Who the client says it is: 1 to 255 bytes without NUL, otherwise any.
    public let username: [UInt8]
    /// How it proves that.
    public let method: Method
    /// The password: 1 to 1024 bytes without NUL.
    public let secret: Secret
}

/// What a client asks for before it is logged in.
enum AuthenticationRequest {
    /// SSH_MSG_SERVICE_REQUEST.
    case service(name: [UInt8])
    /// The method `none`, which asks for the list of methods.
    case none
    case password(username: [UInt8], secret: Secret)
    /// The start of keyboard-interactive.
    case interactive(username: [UInt8])
    /// The answer to a prompt; nil when it is not exactly one.
    case interactiveAnswer(Secret?)
    /// Public keys, host-based, methods that nobody knows, and requests that break a rule.
    case unsupported
}

/// What has to be done about a request or a decision.
enum AuthenticationAction {
    case acceptService
    /// Ask the one question of keyboard-interactive.
    case prompt
    /// Ask who decides; nothing else is taken from the client meanwhile.
    case decide(AuthenticationAttempt)
    case deny
    /// Let the client in. No other action ever does.
    case admit
    /// Deny, then end the connection.
    case denyAndEnd(reason: String)
    case end(reason: String)
}

/// The rules of RFC 4252 and 4256 as Berth serves them: what may be asked when, and how often. Channels open only when
/// ``isGranted`` says so, whatever libssh thinks.
///
/// Public keys (RFC 4252 section 7) have their place here: a probe becomes a request that is decided without granting
/// anything, a signature that libssh found right (SSH_PUBLICKEY_STATE_VALID) an ``AuthenticationAttempt`` with a method of
/// its own. Until then both are ``AuthenticationRequest/unsupported`` and count as attempts. `server-sig-algs` names what
/// ``AlgorithmPolicy/publicKeys`` holds already.
struct AuthenticationMachine {
    private enum State {
        case waitingForService
        case idle
        case prompted(username: [UInt8])
        case deciding
        case granted
        case ended
    }

    static let usernameLimit = 255
    static let secretLimit = 1_024

    private var state = State.waitingForService
    private var failures = 0
    /// `none` is no attempt, but asking for it again and again is.
    private var probed = false
    private let maxAttempts: Int

    /// - Parameter maxAttempts: so many failed attempts end the connection.
    init(maxAttempts: Int) {
        self.maxAttempts = max(1, maxAttempts)
    }

    var isGranted: Bool { if case .granted = state { true } else { false } }

    var isDeciding: Bool { if case .deciding = state { true } else { false } }

    /// Whether the client is free to send a request now.
    var awaitsRequest: Bool {
        switch state {
        case .idle, .prompted: true
        case .waitingForService, .deciding, .granted, .ended: false
        }
    }

    mutating func receive(_ request: AuthenticationRequest) -> AuthenticationAction {
        switch (state, request) {
        case (.waitingForService, .service(let name)), (.idle, .service(let name)), (.prompted, .service(let name)):
            guard name == Array("ssh-userauth".utf8) else { return end("service not available") }
            if case .waitingForService = state { state = .idle }
            return .acceptService
        case (.waitingForService, _):
            return end("authentication before its service was requested")
        case (.deciding, _):
            return end("a request while another one is being decided")
        case (.granted, _), (.ended, _):
            return end("a request after authentication")
        case (.idle, .none), (.prompted, .none):
            defer { probed = true }
            state = .idle
            return probed ? fail() : .deny
        case (.idle, .password(let username, let secret)), (.prompted, .password(let username, let secret)):
            return attempt(username: username, method: .password, secret: secret)
        case (.idle, .interactive(let username)), (.prompted, .interactive(let username)):
            guard isAcceptable(username: username) else { return fail() }
            state = .prompted(username: username)
            return .prompt
        case (.prompted(let username), .interactiveAnswer(.some(let secret))):
            return attempt(username: username, method: .keyboardInteractive, secret: secret)
        case (.idle, .interactiveAnswer):
            return end("an answer without a question")
        case (.prompted, .interactiveAnswer(.none)), (.idle, .unsupported), (.prompted, .unsupported):
            return fail()
        }
    }

    /// Takes the decision about the attempt that was handed out last.
    mutating func decide(granted: Bool) -> AuthenticationAction {
        guard isDeciding else { return end("a decision that nobody asked for") }
        guard granted else { return fail() }
        state = .granted
        return .admit
    }

    private mutating func attempt(
        username: [UInt8], method: AuthenticationAttempt.Method, secret: Secret
    ) -> AuthenticationAction {
        guard isAcceptable(username: username) else { return fail() }
        guard (1...Self.secretLimit).contains(secret.bytes.byteCount) else { return fail() }
        state = .deciding
        return .decide(AuthenticationAttempt(username: username, method: method, secret: secret))
    }

    private func isAcceptable(username: [UInt8]) -> Bool {
        (1...Self.usernameLimit).contains(username.count)
    }

    private mutating func fail() -> AuthenticationAction {
        failures += 1
        guard failures < maxAttempts else {
            state = .ended
            return .denyAndEnd(reason: "Too many authentication failures")
        }
        state = .idle
        return .deny
    }

    private mutating func end(_ reason: String) -> AuthenticationAction {
        state = .ended
        return .end(reason: reason)
    }
}
