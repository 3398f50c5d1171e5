import CLibSSH

/// Why libssh, or a system call beside it, could not do what was asked.
public struct SSHError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call that failed.
    public let operation: String
    /// What it returned, or errno for a system call.
    public let code: Int
    /// libssh's or the system's words. May hold bytes that a client sent: escape before logging.
    public let text: String

    /// An error of a call outside of libssh, or of Berth's own checks.
    public init(operation: String, code: Int, text: String) {
        self.operation = operation
        self.code = code
        self.text = text
    }

    /// Reads the last error of a session or a bind, which the next call on it may overwrite.
    init(operation: String, code: CInt, source: OpaquePointer?) {
        self.operation = operation
        self.code = Int(code)
        text = source.flatMap { ssh_get_error(UnsafeMutableRawPointer($0)) }.map { String(cString: $0) } ?? ""
    }

    /// `operation: text (code)`
    public var description: String { "\(operation): \(text) (\(code))" }
}
