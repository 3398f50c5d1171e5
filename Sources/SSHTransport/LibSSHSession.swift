import CLibSSH

/// One libssh session with the memory that libssh keeps pointers to, freed in the one order that is safe.
final class LibSSHSession {
    let session: OpaquePointer
    let event: OpaquePointer
    let serverCallbacks: UnsafeMutablePointer<ssh_server_callbacks_struct>
    private let counters: UnsafeMutablePointer<ssh_counter_struct>

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
        var rekeySeconds = server.options.rekeySeconds
        if rekeyBytes > 0 { ssh_options_set(session, SSH_OPTIONS_REKEY_DATA, &rekeyBytes) }
        if rekeySeconds > 0 { ssh_options_set(session, SSH_OPTIONS_REKEY_TIME, &rekeySeconds) }
        ssh_set_counters(session, counters, counters + 1)
        ssh_set_blocking(session, 0)
        // Otherwise the identification stays queued until the first poll.
        ssh_set_fd_towrite(session)
    }

    deinit {
        ssh_event_free(event)
        ssh_free(session)
        serverCallbacks.deallocate()
        counters.deallocate()
    }

    /// Bytes that came from and went to the socket.
    var socketBytes: (received: UInt64, sent: UInt64) { (counters[0].in_bytes, counters[0].out_bytes) }

    /// Whole packets from the client, and the bytes of their payloads.
    var received: (packets: UInt64, bytes: UInt64) { (counters[1].in_packets, counters[1].in_bytes) }

    /// Whole packets to the client.
    var sentPackets: UInt64 { counters[1].out_packets }

    /// Whether libssh holds bytes that the socket did not take yet.
    var isWritePending: Bool { ssh_get_poll_flags(session) & clibssh_poll_write_pending != 0 }

    /// Whether libssh has given the session up.
    var isOver: Bool { ssh_get_status(session) & clibssh_status_over != 0 }

    /// The last error's text.
    func error(_ operation: String, _ code: CInt) -> SSHError {
        SSHError(operation: operation, code: code, source: session)
    }

    func setOption(_ option: ssh_options_e, _ value: String) throws(SSHError) {
        let code = value.withCString { ssh_options_set(session, option, $0) }
        guard code == SSH_OK else { throw error("ssh_options_set \(value)", code) }
    }
}
