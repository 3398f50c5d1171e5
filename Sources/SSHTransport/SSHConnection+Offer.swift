import CLibSSH
import Glibc
import SSHWire

extension SSHConnection {
    /// Sends our identification and holds our key exchange offer back until the client's is there, for two reasons: the
    /// offer can then name only the ciphers that are wanted (``AlgorithmPolicy/ciphers(for:)``), and it carries the
    /// acknowledgement that the client's kernel waits for, 40 ms otherwise (Nagle's algorithm against delayed ACKs).
    func exchangeOffers() {
        // libssh reads as soon as poll(2) says so, and then the offer can't be looked at any more. TCP says so only when
        // this many bytes are there.
        setReceiveLowWater(KeyExchangeOffer.scanLimit)
        let code = ssh_handle_key_exchange(library.session)
        if code == SSH_ERROR {
            stop(.failed(library.error("ssh_handle_key_exchange", code)))
            return
        }
        let offer = library.socketBytes.received == 0 ? awaitOffer() : nil
        setReceiveLowWater(1)
        guard end == nil, let offer else { return }
        let ciphers = server.options.algorithms.ciphers(for: offer).joined(separator: ",")
        do {
            try library.setOption(SSH_OPTIONS_CIPHERS_C_S, ciphers)
            try library.setOption(SSH_OPTIONS_CIPHERS_S_C, ciphers)
        } catch {
            stop(.failed(error))
            return
        }
        let initialized = ssh_server_init_kex(library.session)
        if initialized != SSH_OK { stop(.failed(library.error("ssh_server_init_kex", initialized))) }
    }

    /// Looks at what the client sent, without taking it, until its offer is whole.
    ///
    /// - Returns: nil when the client takes too long, sends something else, or the socket can't say when more is there.
    private func awaitOffer() -> KeyExchangeOffer? {
        var stream = ByteQueue(capacity: 4_096)
        var offerDeadline = graceDeadline
        var seen = -1
        while end == nil {
            delegate.armWatchdog(self, seconds: limits.watchdogSeconds)
            stream.consume(stream.count)
            var received = 0
            _ = stream.append(upTo: KeyExchangeOffer.scanLimit) { space in
                received = recv(descriptor, space.baseAddress, space.count, CInt(MSG_PEEK | MSG_DONTWAIT))
                return received
            }
            if received == 0 || (received < 0 && errno != EAGAIN) { return nil }
            switch KeyExchangeOffer.scan(stream.bytes) {
            case .offer(let offer): return offer
            case .unusable: return nil
            case .incomplete(let have):
                // Readable without more bytes: the client has closed its side, or this is no TCP socket.
                guard have > seen else { return nil }
                if seen <= 0, have > 0 {
                    offerDeadline = min(
                        graceDeadline, MonotonicTime.now.adding(milliseconds: limits.offerWaitMilliseconds))
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
            if now >= graceDeadline { stop(.graceTime) }
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
