import Logging
import NIOCore
import NIOSSL
import SessionControl
import Synchronization

/// Lets connections in within the limits, and closes those that have to make room.
final class Connections: Sendable {
    static let limitSetting = "api.max_connections"
    static let addressSetting = "api.max_connections_per_address"

    /// What becomes of a new connection.
    enum Admission: Equatable {
        case admitted
        /// Its first request gets this sentence for an answer.
        case refused(String)
        /// It is closed.
        case closed
    }

    /// Why a connection was refused, or closed: a label of a metric.
    enum Reason: String, CaseIterable {
        case rate
        case address
        case busy
        case room

        var message: String { self == .room ? "connections closed to make room" : "connections refused" }

        var setting: String {
            switch self {
            case .rate: RequestRates.addressSetting
            case .address: Connections.addressSetting
            case .busy, .room: Connections.limitSetting
            }
        }
    }

    /// Connections at once that are told why they are refused; further ones are closed.
    static let toldLimit = 64

    private struct State {
        var book: ConnectionBook<ObjectIdentifier>
        var channels: [ObjectIdentifier: any Channel] = [:]
        var told = 0
    }

    private let state: Mutex<State>
    private let rates: RequestRates
    private let refusals: RefusalLog
    private let metrics: RequestMetrics
    private let isTLS: Bool

    /// - Parameter isTLS: whether telling a client anything would cost a handshake.
    init(
        limit: Int, limitPerAddress: Int, isTLS: Bool, rates: RequestRates, refusals: RefusalLog,
        metrics: RequestMetrics
    ) {
        state = Mutex(State(book: ConnectionBook(limit: limit, limitPerAddress: limitPerAddress)))
        self.isTLS = isTLS
        self.rates = rates
        self.refusals = refusals
        self.metrics = metrics
    }

    /// A connection that was accepted.
    func open(_ channel: any Channel) -> Admission {
        let source = channel.remoteAddress?.source
        guard rates.admitsConnection(from: source) else {
            note(.rate, source)
            return .closed
        }
        let id = ObjectIdentifier(channel)
        let (verdict, other) = state.withLock { state in
            let verdict = state.book.open(id, from: source)
            var other: (any Channel)?
            switch verdict {
            case .admitted: state.channels[id] = channel
            case .admittedFor(let first, _):
                other = state.channels.removeValue(forKey: first)
                state.channels[id] = channel
            case .tooMany, .tooManyFromAddress: break
            }
            return (verdict, other)
        }
        switch verdict {
        case .admitted: break
        case .admittedFor(_, let otherSource):
            if let other { Self.cutOff(other) }
            note(.room, otherSource)
        case .tooMany:
            note(.busy, source)
            return refuse(channel, "All connections of the service are busy; try again later.")
        case .tooManyFromAddress:
            note(.address, source)
            return refuse(channel, "This address has as many connections as are allowed; close some.")
        }
        channel.closeFuture.whenComplete { [self] _ in close(id) }
        return .admitted
    }

    /// The head of a request has come.
    func begin(_ channel: any Channel) { state.withLock { $0.book.begin(ObjectIdentifier(channel)) } }

    /// All requests of the connection have been answered.
    func end(_ channel: any Channel) { state.withLock { $0.book.end(ObjectIdentifier(channel)) } }

    /// The connection's request has a key that is valid: it makes no room for those that have shown none.
    func know(_ channel: any Channel) { state.withLock { $0.book.know(ObjectIdentifier(channel)) } }

    /// The connection's request has no key that is valid: it makes room like all others, whatever it has shown before. The key
    /// may be gone.
    func forget(_ channel: any Channel) { state.withLock { $0.book.forget(ObjectIdentifier(channel)) } }

    /// Ends a connection at once. TLS says goodbye, and waits a second for the answer: so long somebody who gives none would
    /// go on holding a descriptor that the new connection was let in for.
    private static func cutOff(_ channel: any Channel) {
        channel.eventLoop.execute {
            let tls = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            if let tls { tls.close(promise: nil) } else { channel.close(promise: nil) }
        }
    }

    private func close(_ id: ObjectIdentifier) {
        state.withLock { state in
            state.channels[id] = nil
            state.book.close(id)
        }
    }

    private func refuse(_ channel: any Channel, _ reason: String) -> Admission {
        guard !isTLS else { return .closed }
        let isTold = state.withLock { state in
            guard state.told < Self.toldLimit else { return false }
            state.told += 1
            return true
        }
        guard isTold else { return .closed }
        channel.closeFuture.whenComplete { [self] _ in state.withLock { $0.told -= 1 } }
        return .refused(reason)
    }

    private func note(_ reason: Reason, _ source: AddressSource?) {
        metrics.countRefused(reason)
        refusals.note(reason.message, by: reason.setting, source.map { ["address": "\($0)"] } ?? [:])
    }
}
