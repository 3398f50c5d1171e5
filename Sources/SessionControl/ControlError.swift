/// Why a control socket could not be used.
public enum ControlError: Error, Equatable, Sendable {
    /// A system call failed; `errno` as in errno(3).
    case system(call: String, errno: CInt)
    /// A message is longer than ``SeqPacketSocket/messageLimit``.
    case oversized
}
