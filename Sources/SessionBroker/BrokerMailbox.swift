import CLinux
import Glibc
import Registry
import SessionControl
import Synchronization

/// What other threads ask of the broker's thread.
enum BrokerCommand: Sendable {
    /// End the user's sessions; the handler is called when they have ended or their time is over.
    case endSessions(SessionSelection, reason: String, completion: @Sendable () -> Void)
    /// Which sessions are open?
    case listSessions(completion: @Sendable ([OpenSession]) -> Void)
    /// End this session; the handler is called when it has ended or its time is over, and told whether there was one.
    case endSession(SessionID, reason: String, completion: @Sendable (Bool) -> Void)
    /// Which sources are blocked?
    case listBlocks(completion: @Sendable ([BlockedSource]) -> Void)
    /// End the block of this source; whether there was one.
    case unblock(AddressSource, completion: @Sendable (Result<Bool, RegistryError>) -> Void)
    /// Stop: let running transfers finish, then end.
    case stop
    /// Stop without waiting for anything.
    case stopNow

    /// Answers whoever waits, when nobody reads the mailbox any more.
    func abandon() {
        switch self {
        case .endSessions(_, _, let completion): completion()
        case .listSessions(let completion): completion([])
        case .endSession(_, _, let completion): completion(false)
        case .listBlocks(let completion): completion([])
        case .unblock(_, let completion): completion(.success(false))
        case .stop, .stopNow: break
        }
    }
}

/// Which sessions are meant.
enum SessionSelection: Sendable {
    /// All of a user.
    case user(String)
    /// Those of a user that rest on weak algorithms.
    case weak(ofUser: String)
    /// One.
    case session(SessionID)

    func contains(_ session: BrokeredSession) -> Bool {
        switch self {
        case .user(let username): session.username == username
        case .weak(let username): session.username == username && session.usesWeakAlgorithms
        case .session(let id): session.id == id
        }
    }

    /// The user that they are of; nil where one session is meant.
    var username: String? {
        switch self {
        case .user(let username), .weak(let username): username
        case .session: nil
        }
    }
}

/// The way into the broker's thread: a queue and a descriptor that wakes it.
final class BrokerMailbox: Sendable {
    private let commands = Mutex<[BrokerCommand]>([])
    /// Readable while there are commands.
    let descriptor: CInt

    init() {
        descriptor = clinux_wakeup_create()
    }

    deinit {
        close(descriptor)
    }

    func post(_ command: BrokerCommand) {
        commands.withLock { $0.append(command) }
        clinux_wakeup_signal(descriptor)
    }

    func takeAll() -> [BrokerCommand] {
        clinux_wakeup_clear(descriptor)
        return takeWaiting()
    }

    /// What is there now, without a system call; the descriptor stays readable.
    func takeWaiting() -> [BrokerCommand] {
        commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }
}
