import CLinux
import Glibc
import SessionControl

// Connections from networks of balancers: a header says who the client is, before anything is decided about it.
extension Listener {
    /// Takes a connection that was accepted: to its header first, or right away. The socket is this one's from here on.
    func take(_ socket: CInt, from peer: PeerAddress, isLegacySocket: Bool) {
        guard let address = peer.address, service?.proxyNetworks.contains(where: { $0.contains(address) }) == true
        else { return decide(socket, from: peer, isLegacySocket: isLegacySocket) }
        if let other = proxied.inTheWay(of: peer) { giveUp(other) }
        proxied.add(
            ProxiedConnection(
                socket: socket, balancer: peer, isLegacySocket: isLegacySocket,
                deadline: monotonicMilliseconds() + ProxiedConnections.timeout))
        do { try poller.watch(socket, for: .readable) } catch {
            proxied.remove(socket)
            close(socket)
            return log(.error, "can't watch a connection", ["address": peer.text, "error": "\(error)"])
        }
        // It is there already, as a rule.
        readHeader(of: socket)
    }

    /// Refuses or receives a connection whose client is known.
    private func decide(_ socket: CInt, from peer: PeerAddress, isLegacySocket: Bool) {
        if refuses(socket, from: peer) {
            close(socket)
        } else {
            receive(socket, from: peer, isLegacySocket: isLegacySocket)
        }
    }

    /// Reads as much as belongs to the header and no more: what follows is the session's.
    func readHeader(of socket: CInt) {
        while let connection = proxied[socket] {
            switch ProxyHeader.scan(connection.bytes.span.bytes) {
            case .header(let header):
                poller.forget(socket)
                proxied.remove(socket)
                var peer = connection.balancer
                if case .client(let address, let port) = header.origin { peer = PeerAddress(address, port: port) }
                return decide(socket, from: peer, isLegacySocket: connection.isLegacySocket)
            case .violation(let violation):
                log(.debug, "PROXY header refused", ["address": connection.balancer.text, "what": violation.rawValue])
                return giveUp(connection)
            case .incomplete(let missing):
                var bytes = [UInt8](repeating: 0, count: missing)
                let count = recv(socket, &bytes, missing, CInt(MSG_DONTWAIT))
                if count < 0, errno == EAGAIN || errno == EINTR { return }
                // A health check that only connects is no event.
                guard count > 0 else { return giveUp(connection, isCounted: !connection.bytes.isEmpty) }
                proxied.append(Array(bytes[..<count]), to: socket)
            }
        }
    }

    /// Ends those whose header did not come in time.
    func giveUpOverdueHeaders(now: Int64) {
        while let connection = proxied.first, connection.deadline <= now { giveUp(connection) }
    }

    /// Ends a connection whose client was not named.
    func giveUp(_ connection: ProxiedConnection, isCounted: Bool = true) {
        poller.forget(connection.socket)
        proxied.remove(connection.socket)
        close(connection.socket)
        guard isCounted else { return }
        if refusals.add(.proxyHeader, now: monotonicMilliseconds()) {
            log(
                .warning, "connection refused",
                ["address": connection.balancer.text, "reason": AccessRules.Refusal.proxyHeader.rawValue])
        }
    }
}
