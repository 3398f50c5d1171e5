import CLibSSH
import CReadAhead
import Glibc
import SSHWire

/// What a connection remembers between a request and its answer.
struct AuthenticationProgress {
    /// The message of the attempt that is being decided: libssh answers through it.
    var pending: OpaquePointer?
    /// A `none` request that is kept to answer requests for which libssh makes no message.
    var spare: OpaquePointer?
    /// What had been received when the last message was looked at.
    var accounted: (packets: UInt64, bytes: UInt64) = (0, 0)
    var isBannerShown = false
    /// When a request that libssh swallowed is answered with the spare.
    var missedAnswerDeadline: MonotonicTime?

    mutating func freeMessages() {
        if let pending { ssh_message_free(pending) }
        if let spare { ssh_message_free(spare) }
        pending = nil
        spare = nil
    }
}

extension SSHConnection {
    /// A client is silent for this long after a request that got no answer: it waits for one.
    private static let missedAnswerMilliseconds = 1_000
    /// SSH_MSG_USERAUTH_REQUEST with empty strings and the shortest method is longer than this; SSH_MSG_IGNORE and
    /// SSH_MSG_DEBUG, which need no answer, are shorter unless somebody fills them.
    private static let shortestRequest: UInt64 = 32
    /// So many packets while a decision is awaited are no client's impatience any more.
    private static let packetsWhileDeciding: UInt64 = 8

    /// Answers the attempt handed out last. Ignored when there is none.
    public func answer(_ answer: AuthenticationAnswer) {
        guard let message = authentication.pending else { return }
        authentication.pending = nil
        perform(machine.decide(granted: answer == .granted), message)
        authentication.accounted = library.received
        // Before the login there is nothing that comes fast, or should.
        if machine.isGranted { creadahead_begin(descriptor) }
    }

    /// Takes requests until one has to be decided elsewhere. There are no server callbacks before login: a callback
    /// must decide before it returns, a message can wait.
    func authenticate() {
        guard !machine.isDeciding else {
            if library.received.packets &- authentication.accounted.packets > Self.packetsWhileDeciding {
                stop(.violation(reason: "too many packets before an answer"))
            }
            return
        }
        var answered = false
        while end == nil, !machine.isDeciding, !machine.isGranted, let message = ssh_message_get(library.session) {
            answered = true
            handle(message)
        }
        remedyMissedAnswer(answered: answered)
    }

    private func handle(_ message: OpaquePointer) {
        noteAgreement()
        let before = authentication.accounted
        let now = library.received
        authentication.accounted = now
        // Exact only when this message is the one packet since the last one.
        let payload = now.packets &- before.packets == 1 ? Int(clamping: now.bytes &- before.bytes) : nil
        switch ssh_message_type(message) {
        case CInt(SSH_REQUEST_SERVICE.rawValue):
            let name = ssh_message_service_service(message).map { bytes(of: $0) } ?? []
            perform(machine.receive(.service(name: name)), message)
        case CInt(SSH_REQUEST_AUTH.rawValue):
            showBanner()
            perform(machine.receive(request(message, payload: payload)), message)
        default:
            ssh_message_reply_default(message)
            ssh_message_free(message)
        }
    }

    /// The banner comes before the first answer (RFC 4252 section 5.4).
    private func showBanner() {
        guard !authentication.isBannerShown else { return }
        authentication.isBannerShown = true
        let text = server.banner
        guard !text.isEmpty, let banner = ssh_string_new(text.count) else { return }
        defer { ssh_string_free(banner) }
        guard ssh_string_fill(banner, text, text.count) == 0 else { return }
        ssh_send_issue_banner(library.session, banner)
    }

    private func request(_ message: OpaquePointer, payload: Int?) -> AuthenticationRequest {
        let username = ssh_message_auth_user(message).map { bytes(of: $0) } ?? []
        switch UInt32(bitPattern: ssh_message_subtype(message)) {
        case SSH_AUTH_METHOD_NONE:
            return .none
        case SSH_AUTH_METHOD_PASSWORD:
            guard let password = clibssh_message_password(message) else { return .unsupported }
            let secret = takeSecret(password)
            // Longer than its members: a request to change the password, which libssh takes for a login with the old
            // one, or a NUL, behind which libssh cuts.
            let expected = 40 + username.count + secret.bytes.byteCount
            guard payload == nil || payload == expected else { return .unsupported }
            return .password(username: username, secret: secret)
        case SSH_AUTH_METHOD_INTERACTIVE:
            guard ssh_message_auth_kbdint_is_response(message) != 0 else { return .interactive(username: username) }
            guard ssh_userauth_kbdint_getnanswers(library.session) == 1,
                let answer = ssh_userauth_kbdint_getanswer(library.session, 0)
            else { return .interactiveAnswer(nil) }
            return .interactiveAnswer(takeSecret(answer))
        default:
            return .unsupported
        }
    }

    /// Copies a secret and overwrites libssh's copy, which would otherwise live as long as the message or the session.
    private func takeSecret(_ text: UnsafePointer<CChar>) -> Secret {
        let length = strlen(text)
        let secret = Secret(
            copying: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: text, count: length)))
        explicit_bzero(UnsafeMutablePointer(mutating: text), length)
        return secret
    }

    private func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }

    /// Does what the machine says and frees the message, unless it is needed later.
    private func perform(_ action: AuthenticationAction, _ message: OpaquePointer) {
        switch action {
        case .acceptService:
            ssh_set_auth_methods(
                library.session, CInt(bitPattern: SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE))
            ssh_message_service_reply_success(message)
        case .prompt:
            prompt(message)
        case .decide(let attempt):
            authentication.pending = message
            delegate.connection(self, attempted: attempt)
            return
        case .deny:
            if deny(message) { return }
        case .admit:
            ssh_message_auth_reply_success(message, 0)
            ssh_set_server_callbacks(library.session, library.serverCallbacks)
            authentication.missedAnswerDeadline = nil
            if message != authentication.spare { ssh_message_free(message) }
            authentication.freeMessages()
            return
        case .denyAndEnd(let reason):
            ssh_message_reply_default(message)
            stop(.violation(reason: reason))
        case .end(let reason):
            stop(.violation(reason: reason))
        }
        if message != authentication.spare { ssh_message_free(message) }
    }

    /// - Returns: whether the message is kept.
    private func deny(_ message: OpaquePointer) -> Bool {
        ssh_message_reply_default(message)
        guard authentication.spare == nil, ssh_message_type(message) == CInt(SSH_REQUEST_AUTH.rawValue),
            UInt32(bitPattern: ssh_message_subtype(message)) == SSH_AUTH_METHOD_NONE
        else { return false }
        authentication.spare = message
        return true
    }

    private func prompt(_ message: OpaquePointer) {
        "Password: ".withCString { text in
            var prompts: [UnsafePointer<CChar>?] = [text]
            var echo: [CChar] = [0]
            _ = ssh_message_auth_interactive_request(message, "", "", 1, &prompts, &echo)
        }
    }

    /// libssh swallows some requests without a message: a wrong signature, a key it can't read, GSSAPI. Their clients
    /// would wait for the grace time; they are told "failure" once they are silent for a while.
    private func remedyMissedAnswer(answered: Bool) {
        let now = library.received
        let swallowed = now.bytes &- authentication.accounted.bytes
        let isNew = now.packets != authentication.accounted.packets
        authentication.accounted = now
        guard end == nil, machine.awaitsRequest, !answered else {
            authentication.missedAnswerDeadline = nil
            return
        }
        if isNew, swallowed >= Self.shortestRequest {
            authentication.missedAnswerDeadline = MonotonicTime.now.adding(milliseconds: Self.missedAnswerMilliseconds)
        }
        guard let deadline = authentication.missedAnswerDeadline, MonotonicTime.now >= deadline else { return }
        authentication.missedAnswerDeadline = nil
        guard let spare = authentication.spare else {
            return stop(.violation(reason: "a request that can't be answered"))
        }
        perform(machine.receive(.unsupported), spare)
    }
}
