import CLibSSH

/// One libssh session with the memory that libssh keeps pointers to, freed in the one order that is safe.
final class LibSSHSession {
    let session: OpaquePointer
    let event: OpaquePointer
    let serverCallbacks: UnsafeMutablePointer<ssh_server_callbacks_struct>
    private let counters: UnsafeMutablePointer<ssh_counter_struct>
    /// What libssh had made and what the socket had taken when nothing was left to write.
    private var drained: (made: UInt64, taken: UInt64) = (0, 0)
    /// How much has to be sent until nothing waits for new keys any more.
    private var sentOnceKeysAreNew: UInt64 = 0
    private let callbacks: UnsafeMutablePointer<ssh_callbacks_struct>
    /// Where libssh's callback counts key exchanges that have begun.
    private let keyExchangesBegun: UnsafeMutablePointer<UInt64>

    /// A session of `server` over a connected socket, which it owns from here on.
    init(server: SSHServer, descriptor: CInt) throws(SSHError) {
        guard let session = ssh_new() else { throw SSHError(operation: "ssh_new", code: 0, text: "no memory") }
        guard let event = ssh_event_new() else {
            ssh_free(session)
            throw SSHError(operation: "ssh_event_new", code: 0, text: "no memory")
        }
        self.session = session
        self.event = event
        counters = .allocate(capacity: 2)
        counters.initialize(repeating: ssh_counter_struct(), count: 2)
        keyExchangesBegun = .allocate(capacity: 1)
        keyExchangesBegun.initialize(to: 0)
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: Self.makeCallbacks(counting: keyExchangesBegun))
        serverCallbacks = .allocate(capacity: 1)
        serverCallbacks.initialize(to: ssh_server_callbacks_struct())
        serverCallbacks.pointee.size = MemoryLayout<ssh_server_callbacks_struct>.size

        let code = ssh_bind_accept_fd(server.bind, session, descriptor)
        guard code == SSH_OK else {
            throw SSHError(operation: "ssh_bind_accept_fd", code: code, source: server.bind)
        }
        // The value "no" would only move `none` to the front of libssh's list.
        try setOption(SSH_OPTIONS_COMPRESSION_C_S, "none")
        try setOption(SSH_OPTIONS_COMPRESSION_S_C, "none")
        var rekeyBytes = server.options.rekeyBytes
        // libssh counts milliseconds in 32 bits.
        var rekeySeconds = min(server.options.rekeySeconds, .max / 1_000)
        if rekeyBytes > 0, ssh_options_set(session, SSH_OPTIONS_REKEY_DATA, &rekeyBytes) != SSH_OK {
            throw error("SSH_OPTIONS_REKEY_DATA", SSH_ERROR)
        }
        if rekeySeconds > 0, ssh_options_set(session, SSH_OPTIONS_REKEY_TIME, &rekeySeconds) != SSH_OK {
            throw error("SSH_OPTIONS_REKEY_TIME", SSH_ERROR)
        }
        ssh_set_callbacks(session, callbacks)
        ssh_set_counters(session, counters, counters + 1)
        ssh_set_blocking(session, 0)
        // Otherwise the identification stays queued until the first poll.
        ssh_set_fd_towrite(session)
    }

    deinit {
        ssh_event_free(event)
        ssh_free(session)
        serverCallbacks.deallocate()
        callbacks.deallocate()
        keyExchangesBegun.deallocate()
        counters.deallocate()
    }

    /// libssh tells the progress of each key exchange, not only of the first: 0.8 once the algorithms are chosen, before
    /// any key is made.
    private static func makeCallbacks(counting count: UnsafeMutablePointer<UInt64>) -> ssh_callbacks_struct {
        var callbacks = ssh_callbacks_struct()
        callbacks.size = MemoryLayout<ssh_callbacks_struct>.size
        callbacks.userdata = UnsafeMutableRawPointer(count)
        callbacks.connect_status_function = { context, status in
            guard (0.75..<0.85).contains(status) else { return }
            context?.assumingMemoryBound(to: UInt64.self).pointee &+= 1
        }
        return callbacks
    }

    /// Key exchanges that have begun, the first one among them.
    var keyExchanges: UInt64 { keyExchangesBegun.pointee }

    /// Whether the first key exchange is done.
    var hasKeys: Bool { ssh_get_cipher_in(session) != nil }

    /// Bytes that came from and went to the socket.
    var socketBytes: (received: UInt64, sent: UInt64) { (counters[0].in_bytes, counters[0].out_bytes) }

    /// Whole packets from the client, and the bytes of their payloads.
    var received: (packets: UInt64, bytes: UInt64) { (counters[1].in_packets, counters[1].in_bytes) }

    /// Whole packets to the client.
    var sentPackets: UInt64 { counters[1].out_packets }

    /// Whether libssh holds bytes that the socket did not take yet.
    var isWritePending: Bool { ssh_get_poll_flags(session) & clibssh_poll_write_pending != 0 }

    /// Whether libssh keeps channel data until new keys are agreed. It takes more all the while, up to the client's window,
    /// which may be 2 GiB.
    var keepsForNewKeys: Bool { counters[1].out_bytes < sentOnceKeysAreNew }

    /// Writes to a channel, and looks whether that was sent or kept.
    func writing(_ write: () -> CInt) -> CInt {
        let before = counters[1].out_bytes
        let written = write()
        let sent = counters[1].out_bytes &- before
        if written > 0, sent < UInt64(written) { sentOnceKeysAreNew = before &+ UInt64(written) }
        return written
    }

    /// No fewer bytes than this are added to a payload: its length, the padding with its length, and the tag (RFC 4253
    /// section 6). Before the first keys it is less, but there is little to answer then.
    private static let leastOverhead: UInt64 = 4 + 1 + 4 + 16

    /// Bytes that libssh surely holds because the client does not read: what it sends by itself (that it does not know a
    /// message, or refuses a request) has no bound. To be asked at each turn.
    var bytesHeld: UInt64 {
        let made = counters[1].out_bytes &+ counters[1].out_packets &* Self.leastOverhead
        let taken = counters[0].out_bytes
        guard isWritePending else {
            drained = (made, taken)
            return 0
        }
        let (held, isLess) = (made &- drained.made).subtractingReportingOverflow(taken &- drained.taken)
        return isLess ? 0 : held
    }

    /// Whether libssh has given the session up. When a reset meets it while it writes, it closes the socket, and may go on
    /// to a state that says nothing of it.
    var isOver: Bool { ssh_get_status(session) & clibssh_status_over != 0 || ssh_get_fd(session) < 0 }

    /// What was agreed in the last key exchange, as far as libssh tells: nothing about the host key, and nil for what it
    /// has no name for.
    func agreed(_ kind: AlgorithmKind) -> String? {
        let name: UnsafePointer<CChar>? =
            switch kind {
            case .keyExchange: ssh_get_kex_algo(session)
            case .hostKey: nil
            case .compressionIn, .compressionOut: nil
            case .cipherIn: ssh_get_cipher_in(session)
            case .cipherOut: ssh_get_cipher_out(session)
            case .macIn: ssh_get_hmac_in(session)
            case .macOut: ssh_get_hmac_out(session)
            }
        return name.map { String(cString: $0) }
    }

    /// Sends keepalive@openssh.com, which every client answers, if only with a failure. While the one before is not
    /// answered, SSH_MSG_IGNORE instead: it asks the client's kernel at least, and keeps the way there open.
    ///
    /// - Returns: whether it was time for new keys, so that the client is asked for those first.
    func askForAnswer() -> Bool {
        let before = counters[1]
        // On a session that does not wait, every second call of this sends nothing: it looks whether the request before was
        // answered, and forgets it then.
        for _ in 0..<2 where counters[1].out_packets == before.out_packets { ssh_send_keepalive(session) }
        if counters[1].out_packets == before.out_packets { _ = ssh_send_ignore(session, "") }
        // Behind the KEXINIT that is sent instead, the request waits.
        return counters[1].out_bytes &- before.out_bytes > Self.longestQuestionBytes
    }

    /// Whether the client's kernel acknowledged anything lately, which it does of a closed window too. False where that
    /// can't be found out.
    func peerAcknowledged(withinMilliseconds limit: Int) -> Bool {
        (0...limit).contains(clibssh_since_acknowledgement(ssh_get_fd(session)))
    }

    /// More than the payload of either question, less than that of SSH_MSG_KEXINIT.
    private static let longestQuestionBytes: UInt64 = 100

    /// Offers these algorithms in the next key exchange.
    func offer(_ policy: AlgorithmPolicy) throws(SSHError) {
        try setOption(SSH_OPTIONS_KEY_EXCHANGE, policy.keyExchanges.joined(separator: ","))
        try setOption(SSH_OPTIONS_HOSTKEYS, policy.hostKeys.joined(separator: ","))
        let ciphers = policy.ciphers.joined(separator: ",")
        try setOption(SSH_OPTIONS_CIPHERS_C_S, ciphers)
        try setOption(SSH_OPTIONS_CIPHERS_S_C, ciphers)
        let macs = policy.macs.joined(separator: ",")
        try setOption(SSH_OPTIONS_HMAC_C_S, macs)
        try setOption(SSH_OPTIONS_HMAC_S_C, macs)
    }

    /// The last error's text.
    func error(_ operation: String, _ code: CInt) -> SSHError {
        SSHError(operation: operation, code: code, source: session)
    }

    func setOption(_ option: ssh_options_e, _ value: String) throws(SSHError) {
        let code = value.withCString { ssh_options_set(session, option, $0) }
        guard code == SSH_OK else { throw error("ssh_options_set \(value)", code) }
    }
}
