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

    /// A channel may send at least this much, however many there are, before the next one gets its turn.
    private static let flushShareLeast = 32 * 1_024

    /// Lets every channel take in and send what it can, until nothing moves or the turn's share is used up.
    func serveChannels() {
        var flushLeft = limits.flushBound
        pullBudget = limits.pullBound
        let start = MonotonicTime.now
        while end == nil {
            // A call for one channel may take in packets for another: nothing is left behind when no packet came.
            let before = library.received.packets
            var moved = false
            // No channel goes first every time, and none takes all that may be sent: an answer waits for no other channel's
            // download.
            let share = max(Self.flushShareLeast, limits.flushBound / max(1, channels.count))
            for place in channels.indices {
                let channel = channels[(place &+ firstChannel) % channels.count]
                let granted = min(share, flushLeft)
                flushBudget = granted
                if channel.advance() { moved = true }
                flushLeft -= granted - flushBudget
            }
            firstChannel = (firstChannel + 1) % max(1, channels.count)
            channels.removeAll { $0.releaseIfDone() }
            guard moved || library.received.packets != before else { return }
            let isLong = MonotonicTime.now.milliseconds(since: start) >= Self.turnMilliseconds
            if isLong || controlIsReadable || pullBudget <= 0 || flushLeft <= 0 {
                hasMoreWork = true
                return
            }
        }
    }

    /// Whether one more channel may have the large receive window.
    var mayGrantLargeWindow: Bool {
        !SSHChannel.windowIsFixed && channels.count(where: { $0.hasLargeWindow }) < limits.maxLargeWindows
    }
}
