import Foundation
import GRDB

// From where users log in: whoever guesses a name from elsewhere does not slow these down.
extension Registry {
    /// Sources that are kept for a user; the one that was used longest ago makes room.
    public static let knownSourcesMax = 16
    /// Days that a source is known after the last login from there.
    public static let knownSourceDays = 30

    /// Whether the user logged in from `source` lately. False, after the same work, when there is no such user.
    public func knows(source: String, ofUser username: String, on day: CalendarDate) throws(RegistryError) -> Bool {
        let name = Username.isWellFormed(username) ? username : "00000000"
        guard let last = try lastLogin(from: source, ofUser: name) else { return false }
        return day.secondsSinceEpoch - last.secondsSinceEpoch <= Int64(Self.knownSourceDays) * 86_400
    }

    /// From where any user logged in within the days that a source is known, the latest first.
    ///
    /// The cost grows with `limit`, not with the number of users. Where most of them log in from the same sources each day, those
    /// who did so longest ago may be missing.
    public func knownSources(on day: CalendarDate, limit: Int) throws(RegistryError) -> [String] {
        let first = CalendarDate(secondsSinceEpoch: day.secondsSinceEpoch - Int64(Self.knownSourceDays) * 86_400)
        return try RegistryError.translating {
            try pool.read { db in
                var sources: [String] = []
                var seen: Set<String> = []
                var looksLeft = limit * Self.looksPerSource
                // Greater than any day.
                var before = "A"
                while sources.count < limit, looksLeft > 0,
                    let day = try String.fetchOne(db, sql: Self.latestDay, arguments: [before]),
                    day >= first.description
                {
                    let found = try String.fetchAll(
                        db, sql: Self.sourcesOfDay, arguments: ["day": day, "limit": looksLeft])
                    looksLeft -= found.count
                    for source in found where sources.count < limit && seen.insert(source).inserted {
                        sources.append(source)
                    }
                    before = day
                }
                return sources
            }
        }
    }

    /// Sources that are looked at for each that is wanted: the same one may be there on several days.
    private static let looksPerSource = 2

    private static let latestDay = "SELECT max(last_login) FROM known_source WHERE last_login < ?"

    /// From one source to the next by the index: DISTINCT would read the row of each user.
    private static let sourcesOfDay = """
        WITH RECURSIVE found (source) AS (
            SELECT min(source) FROM known_source WHERE last_login = :day
            UNION ALL
            SELECT (SELECT min(source) FROM known_source WHERE last_login = :day AND source > found.source)
            FROM found WHERE found.source IS NOT NULL)
        SELECT source FROM found WHERE source IS NOT NULL LIMIT :limit
        """

    /// Notes that the user logged in from `source` on that day; writes only when that is not noted already.
    ///
    /// Not waited for on the disk: a login doesn't depend on it.
    public func recordLogin(from source: String, ofUser username: String, on day: CalendarDate) throws(RegistryError) {
        guard Username.isWellFormed(username), try lastLogin(from: source, ofUser: username) != day else { return }
        try writeWithoutSync { db in
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO known_source (user_id, source, last_login)
                    SELECT id, ?, ? FROM user WHERE username = ?
                    """
            ).execute(arguments: [source, day.description, username])
            try db.cachedStatement(
                sql: """
                    DELETE FROM known_source
                    WHERE user_id = (SELECT id FROM user WHERE username = ?) AND source NOT IN (
                        SELECT source FROM known_source WHERE user_id = (SELECT id FROM user WHERE username = ?)
                        ORDER BY last_login DESC, source = ? DESC LIMIT ?)
                    """
            ).execute(arguments: [username, username, source, Self.knownSourcesMax])
        }
    }

    private func lastLogin(from source: String, ofUser username: String) throws(RegistryError) -> CalendarDate? {
        try RegistryError.translating {
            try pool.unsafeRead { db in
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT known_source.last_login FROM user
                        JOIN known_source ON known_source.user_id = user.id AND known_source.source = ?
                        WHERE user.username = ?
                        """)
                return try Row.fetchOne(statement, arguments: [source, username])?.day(0)
            }
        }
    }
}
