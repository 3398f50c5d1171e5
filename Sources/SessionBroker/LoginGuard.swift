import Glibc
import SessionControl

/// Counts failed logins by source, by name, and by both, and says how long answers wait and who is to be blocked.
/// Pure; times are of the monotonic clock in milliseconds.
///
/// A success takes back what this source failed *for this name*, and nothing else: whoever mistypes the own password
/// starts anew, and whoever has an account gains no guesses for the names of others by it.
struct LoginGuard {
    /// An attempt, as it is counted.
    struct Attempt: Hashable {
        let source: AddressSource
        let name: NameDigest
    }

    /// Milliseconds in which a score halves.
    static let halfLife: Int64 = 600_000
    /// Entries of each table.
    static let capacity = 65_536
    /// Milliseconds that the first answer that waits is held, and the most that one is: far below the time that a client
    /// and its session have patience.
    static let firstDelay = 250.0
    static let longestDelay: Int64 = 5_000
    /// The scores from which answers wait. One typo, of an hour or of a minute ago, costs nothing. Of a name it takes
    /// more: its partner may have several clients with an old password.
    static let sourcePatience = 2.0
    static let namePatience = 5.0

    private let blockAfterFailures: Int
    private var sources: DecayingTable<AddressSource>
    private var names: DecayingTable<NameDigest>
    private var pairs: DecayingTable<Attempt>

    init(blockAfterFailures: Int, capacity: Int = Self.capacity) {
        self.blockAfterFailures = blockAfterFailures
        sources = DecayingTable(halfLifeMilliseconds: Self.halfLife, capacity: capacity)
        names = DecayingTable(halfLifeMilliseconds: Self.halfLife, capacity: capacity)
        pairs = DecayingTable(halfLifeMilliseconds: Self.halfLife, capacity: capacity)
    }

    /// How long the answer to an attempt waits, whether it is right or wrong. To be asked before the attempt is counted.
    ///
    /// - Parameter isKnown: whether the user logged in from there lately; asked only when it matters. Others' guesses of
    ///   the name don't slow such a source down.
    func delay(of attempt: Attempt, now: Int64, isKnown: () -> Bool) -> Int64 {
        let own = Self.delay(score: sources.score(of: attempt.source, now: now), patience: Self.sourcePatience)
        let others = Self.delay(score: names.score(of: attempt.name, now: now), patience: Self.namePatience)
        guard others > own, !isKnown() else { return own }
        return others
    }

    /// Counts a failed attempt.
    ///
    /// - Returns: the failures of the source when it is to be blocked for them; nil when it is not.
    mutating func failed(_ attempt: Attempt, now: Int64) -> Int? {
        pairs.add(1, to: attempt, now: now)
        names.add(1, to: attempt.name, now: now)
        // The first failures have decayed a little by the time of the last.
        let failures = Int(sources.add(1, to: attempt.source, now: now).rounded())
        guard blockAfterFailures > 0, failures >= blockAfterFailures else { return nil }
        // A source that comes back has about half of its attempts again.
        sources.add(-Double(failures - failures / 2), to: attempt.source, now: now)
        return failures
    }

    /// Takes back what the source failed for the name.
    mutating func succeeded(_ attempt: Attempt, now: Int64) {
        let own = pairs.score(of: attempt, now: now)
        guard own > 0 else { return }
        pairs.remove(attempt)
        sources.add(-own, to: attempt.source, now: now)
        names.add(-own, to: attempt.name, now: now)
    }

    /// Forgets what the source failed.
    mutating func forget(_ source: AddressSource) {
        sources.remove(source)
    }

    /// Nothing below the patience, then a time that doubles with each further failure.
    private static func delay(score: Double, patience: Double) -> Int64 {
        // Half a failure of tolerance, since scores decay between two attempts.
        guard score >= patience - 0.5 else { return 0 }
        return min(longestDelay, Int64((firstDelay * exp2(min(score - patience, 16))).rounded()))
    }
}
