/// How a request went: draft-ietf-secsh-filexfer-02 section 7.
public enum StatusCode: UInt32, Sendable, CaseIterable {
    /// SSH_FX_OK.
    case ok = 0
    /// SSH_FX_EOF: nothing left to read or list.
    case endOfFile = 1
    /// SSH_FX_NO_SUCH_FILE.
    case noSuchFile = 2
    /// SSH_FX_PERMISSION_DENIED.
    case permissionDenied = 3
    /// SSH_FX_FAILURE: everything that has no code of its own.
    case failure = 4
    /// SSH_FX_BAD_MESSAGE.
    case badMessage = 5
    /// SSH_FX_NO_CONNECTION: of a client's own making, never sent.
    case noConnection = 6
    /// SSH_FX_CONNECTION_LOST: of a client's own making, never sent.
    case connectionLost = 7
    /// SSH_FX_OP_UNSUPPORTED.
    case unsupported = 8
}
