import CLibSSH
import Glibc
import SSHWire

extension SSHConnection {
    /// Sends our identification and holds our key exchange offer back until the client's is there, for two reasons: the
    /// offer can then name only the algorithms that are wanted (``AlgorithmPolicy/offered(to:)``), and it carries the
    /// acknowledgement that the client's kernel waits for, 40 ms otherwise (Nagle's algorithm against delayed ACKs).
    func exchangeOffers() {
        // libssh reads as soon as poll(2) says so, and then the offer can't be looked at any more. TCP says so only when
        // this many bytes are there.
        setReceiveLowWater(KeyExchangeOffer.scanLimit)
        defer { setReceiveLowWater(1) }
        guard handleKeyExchange(), library.socketBytes.received == 0 else { return }
        if limits.offerWaitMilliseconds > 0 { clientOffer = awaitOffer(isIdentified: false) }
        guard end == nil else { return }
        guard let clientOffer else { return exchangeWithPatientClient() }
        offered = server.algorithms.offered(to: clientOffer)
        do { try library.offer(offered) } catch { return stop(.failed(error)) }
        let initialized = ssh_server_init_kex(library.session)
        if initialized != SSH_OK { stop(.failed(library.error("ssh_server_init_kex", initialized))) }
    }

    /// A client that waits for our offer before it sends its own, or that is far away: it gets everything that we have.
    /// Its own offer is looked at all the same, for what comes later.
    private func exchangeWithPatientClient() {
        var line = [UInt8](repeating: 0, count: KeyExchangeOffer.identificationLimit)
        let count = recv(descriptor, &line, line.count, CInt(MSG_PEEK | MSG_DONTWAIT))
        let seen = Array(line.prefix(max(0, count)))
        guard let length = KeyExchangeOffer.endOfLine(in: seen.span.bytes) else { return }
        setReceiveLowWater(1)
        // It takes the identification and sends our offer.
        guard handleKeyExchange(), library.socketBytes.received == UInt64(length) else { return }
        setReceiveLowWater(KeyExchangeOffer.scanLimit)
        clientOffer = awaitOffer(isIdentified: true)
    }

    /// Lets libssh do what it can without waiting.
    ///
    /// - Returns: whether the connection goes on.
    private func handleKeyExchange() -> Bool {
        let code = ssh_handle_key_exchange(library.session)
        guard code == SSH_ERROR else { return true }
        identify()
        stop(endOfSession(code))
        return false
    }

    /// Looks at what the client sent, without taking it, until its offer is whole.
    ///
    /// - Parameter isIdentified: whether its identification was taken and our offer sent: then there is no hurry.
    /// - Returns: nil when the client takes too long, sends something else, or the socket can't say when more is there.
    private func awaitOffer(isIdentified: Bool) -> KeyExchangeOffer? {
        // Nearly all offers fit; what would not is looked at with room for all.
        var room = 4_096
        var stream = ByteQueue(capacity: room)
        var offerDeadline = loginDeadline
        var seen = -1
        while end == nil {
            delegate.armWatchdog(self, seconds: limits.watchdogSeconds)
            stream.consume(stream.count)
            var received = 0
            _ = stream.append(upTo: room) { space in
                received = recv(descriptor, space.baseAddress, space.count, CInt(MSG_PEEK | MSG_DONTWAIT))
                return received
            }
            if received == 0 || (received < 0 && errno != EAGAIN) { return nil }
            if received == room, room < KeyExchangeOffer.scanLimit {
                room = KeyExchangeOffer.scanLimit
                continue
            }
            switch KeyExchangeOffer.scan(stream.bytes, isIdentified: isIdentified) {
            case .offer(let offer): return offer
            case .unusable: return nil
            case .incomplete(let have):
                // Readable without more bytes: the client has closed its side, or this is no TCP socket.
                guard have > seen else { return nil }
                if !isIdentified, seen <= 0, have > 0 {
                    offerDeadline = min(
                        loginDeadline, MonotonicTime.now.adding(milliseconds: limits.offerWaitMilliseconds))
                }
                seen = have
                setReceiveLowWater(have + 1)
            }
            guard waitForOffer(until: offerDeadline) else { return nil }
        }
        return nil
    }

    /// - Returns: false when the time is over.
    private func waitForOffer(until deadline: MonotonicTime) -> Bool {
        while end == nil {
            let now = MonotonicTime.now
            checkLoginClocks(now)
            guard now < deadline, end == nil else { return false }
            let wish = delegate.turn(self) ?? Self.longestWaitMilliseconds
            let wait = min(wish, deadline.milliseconds(since: now))
            // poll(2) ignores a descriptor below zero.
            var descriptors = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control, events: Int16(POLLIN), revents: 0),
            ]
            delegate.armWatchdog(self, seconds: limits.watchdogSeconds)
            guard poll(&descriptors, 2, CInt(clamping: wait)) >= 0 || errno == EINTR else { return false }
            if descriptors[1].revents != 0 { delegate.controlBecameReadable(self) }
            if descriptors[0].revents != 0 { return true }
        }
        return false
    }

    private func setReceiveLowWater(_ count: Int) {
        var bytes = CInt(clamping: count)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }
}
