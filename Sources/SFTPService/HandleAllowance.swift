/// How many more files and directories a session may open: one count for all of its channels, since they share the
/// process's descriptors.
public final class HandleAllowance {
    /// The most that may be open at once.
    public let limit: Int
    private(set) var taken = 0

    /// An allowance of `limit` files and directories, of which none is open.
    public init(limit: Int) {
        self.limit = limit
    }

    var isUsedUp: Bool { taken >= limit }

    func take() {
        taken += 1
    }

    func giveBack(_ count: Int = 1) {
        taken -= count
    }
}
