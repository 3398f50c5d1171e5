import CLibSSH
import Glibc

extension SSHChannel {
    /// The callbacks of a channel. libssh calls them in the middle of polling, so they only set flags; it refuses what
    /// has no callback: environment variables, agent, X11 and window changes.
    static func makeCallbacks() -> ssh_channel_callbacks_struct {
        var callbacks = ssh_channel_callbacks_struct()
        callbacks.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        callbacks.channel_data_function = { _, _, _, count, isStandardError, context in
            guard let channel = SSHChannel.from(context) else { return 0 }
            // 0: libssh keeps the data until the loop pulls it.
            return isStandardError != 0 || channel.discardsData ? CInt(clamping: count) : 0
        }
        callbacks.channel_close_function = { _, _, context in
            SSHChannel.from(context)?.isClosedByClient = true
        }
        callbacks.channel_pty_request_function = { _, _, _, _, _, _, _, context in
            // Without a terminal OpenSSH's client complains before it shows why there is no shell either.
            SSHChannel.from(context)?.hasTerminal = true
            return 0
        }
        callbacks.channel_shell_request_function = { _, _, context in
            SSHChannel.from(context)?.note(.unserved) ?? 1
        }
        callbacks.channel_exec_request_function = { _, _, command, context in
            let isCopy = command.map { strncmp($0, "scp ", 4) == 0 } ?? false
            return SSHChannel.from(context)?.note(isCopy ? .oldCopy : .unserved) ?? 1
        }
        callbacks.channel_subsystem_request_function = { _, _, name, context in
            guard let name, String(cString: name) == "sftp" else { return 1 }
            return SSHChannel.from(context)?.note(.sftp) ?? 1
        }
        return callbacks
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> SSHChannel? {
        context.map { Unmanaged<SSHChannel>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Takes the first request of a channel and refuses every other.
    ///
    /// - Returns: what libssh wants to hear.
    private func note(_ request: Request) -> CInt {
        guard self.request == nil, !discardsData else { return 1 }
        self.request = request
        return 0
    }
}
