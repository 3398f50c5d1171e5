import SFTPProtocol

/// How many requests failed, by what they were to do and by the status that they were answered with. Of a fixed size, so that
/// counting asks for no memory.
public struct FailureCounts: Equatable, Sendable {
    private static let operations = FileOperation.allCases
    private static let statuses = StatusCode.allCases

    /// All of them.
    public private(set) var total: UInt64 = 0
    private var counts = [UInt64](repeating: 0, count: operations.count * statuses.count)

    /// None yet.
    public init() {}

    /// Counts a request that was answered, if it failed. The end of a file or directory is no failure.
    mutating func count(_ operation: FileOperation, _ status: StatusCode) {
        guard status != .ok, status != .endOfFile else { return }
        counts[Self.place(operation, status)] &+= 1
        total &+= 1
    }

    /// How many of one kind there were.
    public subscript(operation: FileOperation, status: StatusCode) -> UInt64 { counts[Self.place(operation, status)] }

    /// Adds those of another channel.
    public mutating func add(_ other: FailureCounts) {
        for place in counts.indices { counts[place] &+= other.counts[place] }
        total &+= other.total
    }

    /// Calls `body` for each kind of which there were some.
    public func forEach(_ body: (FileOperation, StatusCode, UInt64) -> Void) {
        for operation in Self.operations {
            for status in Self.statuses where self[operation, status] > 0 {
                body(operation, status, self[operation, status])
            }
        }
    }

    /// Operations count from 1, statuses from 0, both without a gap.
    private static func place(_ operation: FileOperation, _ status: StatusCode) -> Int {
        (Int(operation.rawValue) - 1) * statuses.count + Int(status.rawValue)
    }
}
