import CLibSSH

extension SSHChannel {
    /// Whether libssh's receive window is what it is, whatever is asked for: from 0.11 on.
    static let windowIsFixed = ssh_version((0 << 16) | (11 << 8)) != nil
    /// What libssh opens the window to: WINDOWBASE, from 0.11 on WINDOW_DEFAULT.
    static let libraryWindow = windowIsFixed ? 2_097_152 : 1_280_000
}
