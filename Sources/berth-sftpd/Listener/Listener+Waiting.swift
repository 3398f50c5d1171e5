import CLinux
import Glibc
import SessionControl

// Connections of strangers wait when they come faster than sessions are started.
extension Listener {
    /// The longest identification string in bytes, its end included (RFC 4253 section 4.2).
    private static let identificationLimit = 255
    /// More connections without a login are much for one source, while others wait.
    private static let muchForOneSource = 4

    /// Admits a connection, or lets it wait. The socket is this one's from here on.
    func receive(_ socket: CInt, from peer: PeerAddress, isLegacySocket: Bool) {
        let now = monotonicMilliseconds()
        if !succession.isExhausted,
            knownSources.contains(peer.source) || (waiting.count == 0 && entryPace.take(now: now))
        {
            admit(socket, from: peer, isLegacySocket: isLegacySocket)
            close(socket)
            return
        }
        waiting.capacity = capacityForGuests
        if let other = waiting.inTheWay(of: peer.source) { refuse(other) }
        waiting.enter(
            WaitingRoom.Guest(socket: socket, peer: peer, isLegacySocket: isLegacySocket, arrivedAt: now))
        do { try poller.watch(socket, for: .readable) } catch {
            log(.error, "can't watch a connection", ["address": peer.text, "error": "\(error)"])
            dismiss(socket)
        }
    }

    /// A client that waits has sent something, or is gone.
    func lookAtGuest(_ socket: CInt) {
        switch clinux_look_at_client(socket, Self.identificationLimit) {
        case CLINUX_CLIENT_LEFT:
            dismiss(socket)
        case CLINUX_CLIENT_IDENTIFIED:
            poller.forget(socket)
            guard let guest = waiting[socket] else { return }
            waiting.identify(socket, isDoubtful: isDoubtful(guest.peer.source))
        default:
            break
        }
    }

    /// Admits as many of those who wait as the pace allows, and dismisses those who waited too long.
    func serveWaiting(now: Int64) {
        defer { while let oldest = waiting.oldest, oldest.arrivedAt + longestWait <= now { refuse(oldest) } }
        guard !succession.isExhausted else { return }
        while waiting.hasIdentified, entryPace.take(now: now), let guest = waiting.takeNext() {
            admit(guest)
        }
        // Some clients wait for our identification before they send theirs.
        while now >= entryPace.plentyAt, let oldest = waiting.oldest, entryPace.take(now: now) {
            poller.forget(oldest.socket)
            waiting.leave(oldest.socket)
            admit(oldest)
        }
    }

    /// When somebody who waits is to be admitted or dismissed.
    var waitingDueAt: Int64? {
        guard let oldest = waiting.oldest else { return nil }
        let dismissal = oldest.arrivedAt + longestWait
        if succession.isExhausted { return dismissal }
        return min(waiting.hasIdentified ? entryPace.nextAt : entryPace.plentyAt, dismissal)
    }

    private func isDoubtful(_ source: AddressSource) -> Bool {
        wastefulSources.contains(source)
            || admission.unauthenticatedCount(of: source) + waiting.count(of: source) > Self.muchForOneSource
    }

    /// Nobody is let in any more.
    func dismissAll() {
        for guest in waiting.removeAll() {
            poller.forget(guest.socket)
            close(guest.socket)
        }
    }

    /// Milliseconds: who has not been admitted by then could not log in in time.
    private var longestWait: Int64 { Int64(configuration?.loginGraceSeconds ?? 0) * 1_000 }

    /// Admits who has left the room, unless it has left for good, or was blocked meanwhile.
    private func admit(_ guest: WaitingRoom.Guest) {
        if clinux_look_at_client(guest.socket, Self.identificationLimit) != CLINUX_CLIENT_LEFT,
            !refuses(guest.socket, from: guest.peer)
        {
            admit(guest.socket, from: guest.peer, isLegacySocket: guest.isLegacySocket)
        }
        close(guest.socket)
    }

    /// Descriptors that sessions, each of which needs two, and all else leave.
    private var capacityForGuests: Int {
        let others = 2 * Int(configuration?.maxSessions ?? 0) + ProxiedConnections.countMax + 64
        return min(WaitingRoom.capacityMax, max(1, descriptorLimit - others))
    }

    /// Ends a connection that waited for nothing.
    private func refuse(_ guest: WaitingRoom.Guest) {
        tell(guest.socket, of: guest.peer, .crowded)
        dismiss(guest.socket)
    }

    private func dismiss(_ socket: CInt) {
        poller.forget(socket)
        waiting.leave(socket)
        close(socket)
    }
}
