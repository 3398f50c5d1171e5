import CLibSSH

extension SSHConnection {
    /// Called in a libssh callback: makes a channel, or refuses.
    func openChannel() -> OpaquePointer? {
        guard machine.isGranted, end == nil, channels.count < limits.maxChannels else { return nil }
        guard let handle = ssh_channel_new(library.session) else { return nil }
        let channel = SSHChannel(handle: handle, connection: self)
        channels.append(channel)
        return handle
    }

    /// Time after which a turn ends even if more could be done: requests may wait for the disk, and the broker must be
    /// heard meanwhile.
    private static let turnMilliseconds = 50

    /// Lets every channel take in and send what it can, until nothing moves or the turn's share is used up.
    func serveChannels() {
        flushBudget = limits.flushBound
        pullBudget = limits.pullBound
        let start = MonotonicTime.now
        while end == nil {
            // A call for one channel may take in packets for another: nothing is left behind when no packet came.
            let before = library.received.packets
            var moved = false
            for channel in channels where channel.advance() { moved = true }
            channels.removeAll { $0.releaseIfDone() }
            guard moved || library.received.packets != before else { return }
            let isLong = MonotonicTime.now.milliseconds(since: start) >= Self.turnMilliseconds
            if isLong || controlIsReadable || pullBudget <= 0 || flushBudget <= 0 {
                hasMoreWork = true
                return
            }
        }
    }

    /// Whether one more channel may have the large receive window.
    var mayGrantLargeWindow: Bool {
        channels.count(where: { $0.hasLargeWindow }) < limits.maxLargeWindows
    }
}
