/// What to change about a file. Members that are nil stay as they are.
public struct AttributeChanges: Sendable, Equatable {
    /// Cut or grow the content to this size, in bytes.
    public var sizeBytes: UInt64?
    /// Permission bits; those beyond 0777 are ignored. A directory keeps the setgid bit it has.
    public var mode: UInt32?
    /// Last read and last change of the content, in seconds since 1970.
    public var times: (accessSeconds: Int64, modificationSeconds: Int64)?

    /// Changes nothing.
    public init() {}

    /// Whether nothing is changed.
    public var isEmpty: Bool { sizeBytes == nil && mode == nil && times == nil }

    /// The same members of both.
    public static func == (one: AttributeChanges, other: AttributeChanges) -> Bool {
        one.sizeBytes == other.sizeBytes && one.mode == other.mode
            && one.times?.accessSeconds == other.times?.accessSeconds
            && one.times?.modificationSeconds == other.times?.modificationSeconds
    }
}
