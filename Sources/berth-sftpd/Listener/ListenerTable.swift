import Glibc
import SSHWire
import SessionControl

/// Everything that a listener hands to the program that takes its place in the same process: what it knows, and the numbers
/// of the descriptors that stay open.
struct ListenerTable {
    /// A socket that connections arrive on.
    struct Socket: Equatable {
        let descriptor: CInt
        /// Whether old algorithms are offered there.
        let isLegacy: Bool
    }

    /// Why the program was executed anew, for the log.
    var reason = ""
    /// The link to the broker, or -1 while there is none.
    var link: CInt = -1
    /// Messages to the broker that wait.
    var pending: [ControlLink.Pending] = []
    /// Whether the broker on this link knows the sessions.
    var brokerKnowsSessions = false
    var configuration: DataPlaneConfiguration?
    var sockets: [Socket] = []
    var socketsAreFromSystemd = false
    var sessions: [SessionEntry] = []
    /// Sources blocked for failed logins, and for faults; each with its end by the monotonic clock in milliseconds.
    var blocks: [(source: AddressSource, endsAt: Int64)] = []
    var faults: [(source: AddressSource, endsAt: Int64)] = []

    /// From where somebody logged in lately, the one that was heard of longest ago first.
    var knownSources: [AddressSource] = []
    /// Connections of balancers whose headers are awaited.
    var proxied: [ProxiedConnection] = []
    /// Connections of strangers that wait for a session, the one that came first first.
    var guests: [WaitingRoom.Guest] = []

    /// All descriptors in the table.
    var descriptors: [CInt] {
        (link >= 0 ? [link] : []) + sockets.map(\.descriptor)
            + sessions.flatMap { [$0.brokerEnd, $0.output] }
            .filter { $0 >= 0 } + proxied.map(\.socket) + guests.map(\.socket)
    }
}

/// Why a table can't be taken over.
enum TableError: Error, CustomStringConvertible {
    case unreadable(String)
    case wire(WireError)
    /// A descriptor is named twice, or is one that can't be.
    case descriptor(CInt)
    /// Not the id of a session's process.
    case process(Int32)

    var description: String {
        switch self {
        case .unreadable(let reason): "the table can't be read: \(reason)"
        case .wire(let error): "the table is broken: \(error)"
        case .descriptor(let descriptor): "the table is broken: descriptor \(descriptor)"
        case .process(let pid): "the table is broken: process \(pid)"
        }
    }
}
