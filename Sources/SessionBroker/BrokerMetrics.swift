import Metrics
import SessionControl

/// What the broker counts. Made once: counting takes no look-up.
struct BrokerMetrics {
    /// What comes of an attempt to log in.
    enum LoginResult: String, CaseIterable {
        case granted
        /// A wrong password, no such user, or no right to log in like this or now.
        case denied
        /// The service could not decide, or not give the home.
        case error
    }

    /// Why an address is blocked.
    enum BlockReason: String, CaseIterable {
        case failedLogins = "failed_logins"
        /// The listener's: a session from there died by a fault.
        case fault
        /// The listener's: a session from there used too much processor time in one step.
        case processorTime = "processor_time"
    }

    private struct Login: Hashable {
        let method: AuthenticationRequest.Method
        let result: LoginResult
    }

    private let logins: [Login: Counter]
    private let operations: [FileEventMessage.Kind: Counter]
    private let failures: [OperationFailures.Kind: Counter]
    private let received: Counter
    private let sent: Counter
    /// Connections that the listener handed over.
    let sessions: Counter
    private let blocks: [BlockReason: Counter]

    init(factory: any MetricsFactory) {
        var logins: [Login: Counter] = [:]
        for method in [AuthenticationRequest.Method.password, .keyboardInteractive] {
            for result in LoginResult.allCases {
                logins[Login(method: method, result: result)] = Counter(
                    label: "berth_logins_total", dimensions: [("method", method.name), ("result", result.rawValue)],
                    factory: factory)
            }
        }
        self.logins = logins
        operations = Dictionary(
            uniqueKeysWithValues: FileEventMessage.Kind.allCases.map { kind in
                (
                    kind,
                    Counter(
                        label: "berth_file_operations_total",
                        dimensions: [("operation", kind.operation), ("status", "ok")], factory: factory)
                )
            })
        var failures: [OperationFailures.Kind: Counter] = [:]
        for operation in OperationFailures.Operation.allCases {
            for status in OperationFailures.Status.allCases {
                failures[OperationFailures.Kind(operation, status)] = Counter(
                    label: "berth_file_operations_total",
                    dimensions: [("operation", "\(operation)"), ("status", status.name)], factory: factory)
            }
        }
        self.failures = failures
        received = Counter(label: "berth_file_received_bytes_total", factory: factory)
        sent = Counter(label: "berth_file_sent_bytes_total", factory: factory)
        sessions = Counter(label: "berth_sessions_total", factory: factory)
        blocks = Dictionary(
            uniqueKeysWithValues: BlockReason.allCases.map { reason in
                (
                    reason,
                    Counter(label: "berth_blocks_total", dimensions: [("reason", reason.rawValue)], factory: factory)
                )
            })
    }

    func count(login method: AuthenticationRequest.Method, _ result: LoginResult) {
        logins[Login(method: method, result: result)]?.increment()
    }

    func count(_ event: FileEventMessage) {
        operations[event.kind]?.increment()
    }

    func count(_ new: OperationFailures) {
        failures[new.kind]?.increment(by: Int64(clamping: new.count))
    }

    /// A block that began.
    func count(_ reason: BlockReason) {
        blocks[reason]?.increment()
    }

    func count(received: UInt64, sent: UInt64) {
        if received > 0 { self.received.increment(by: Int64(clamping: received)) }
        if sent > 0 { self.sent.increment(by: Int64(clamping: sent)) }
    }
}

extension AuthenticationRequest.Method {
    /// The method's name in RFC 4252 and RFC 4256.
    var name: String {
        switch self {
        case .password: "password"
        case .keyboardInteractive: "keyboard-interactive"
        }
    }
}

extension OperationFailures.Status {
    /// The status's name in the draft, without its prefix.
    fileprivate var name: String {
        switch self {
        case .noSuchFile: "no_such_file"
        case .permissionDenied: "permission_denied"
        case .failure: "failure"
        case .badMessage: "bad_message"
        case .unsupported: "op_unsupported"
        }
    }
}

extension FileEventMessage.Kind {
    /// What the client did, in a word.
    fileprivate var operation: String {
        switch self {
        case .written: "write"
        case .read: "read"
        case .renamed: "rename"
        case .removed: "remove"
        case .directoryMade: "mkdir"
        case .directoryRemoved: "rmdir"
        case .symbolicLinkMade: "symlink"
        case .hardLinkMade: "hardlink"
        case .attributesChanged: "setstat"
        }
    }
}
