import CLibSSH

// How a connection ends: why, and what its client is told.
extension SSHConnection {
    /// libssh has one state for a client that left and for one that sent nonsense; the text tells them apart.
    func endOfSession(_ code: CInt) -> ConnectionEnd {
        let error = library.error("session", code)
        if let mismatch = mismatch(error) { return .noCommonAlgorithm(mismatch) }
        let leaving = ["Socket error", "Received SSH_MSG_DISCONNECT", "Writing packet", ""]
        return leaving.contains { error.text.hasPrefix($0) && !($0.isEmpty && !error.text.isEmpty) }
            ? .clientLeft : .failed(error)
    }

    /// Ends the process, inside a call of libssh that never returns. The client is not told: that would take libssh.
    func abandon(_ reason: ConnectionEnd) -> Never {
        for channel in channels { channel.connectionEnded() }
        delegate.abandon(self, because: reason)
    }

    /// Tells the client, unless it is gone, after what is queued for it.
    func finish(_ reason: ConnectionEnd) {
        for channel in channels { channel.connectionEnded() }
        let message: String
        switch reason {
        case .clientLeft, .failed, .noCommonAlgorithm: return
        case .handshakeTime: message = "No key exchange in time"
        case .graceTime: message = "Not logged in in time"
        case .idle: message = "Idle for too long"
        case .gone: message = "No answer from the client"
        case .ended(let reason), .violation(let reason): message = reason
        }
        guard !library.isOver else { return }
        // ssh_disconnect drops what is still queued.
        let deadline = MonotonicTime.now.adding(milliseconds: limits.lingerMilliseconds)
        while library.isWritePending, !library.isOver {
            let rest = deadline.milliseconds(since: .now)
            guard rest > 0, ssh_event_dopoll(library.event, CInt(clamping: rest)) != SSH_ERROR else { break }
        }
        _ = message.withCString { ssh_session_set_disconnect_message(library.session, $0) }
        // It frees the channels, and not only closes them: none may be touched afterwards.
        for channel in channels { channel.detach() }
        channels = []
        ssh_disconnect(library.session)
    }
}
