import Foundation
import GRDB
import Metrics

/// Users, their credentials and the API keys, in one SQLite database.
///
/// Changes are synced before they are acknowledged (WAL with `synchronous = FULL`), except for the days of last use.
/// All methods block their thread for as long as the disk takes, and may be called from any. Several processes may have
/// the same registry open: each sees the other's changes at once, since nothing is cached.
public final class Registry: Sendable {
    /// How long a change waits for another process's, in seconds.
    static let busyTimeoutSeconds = 5.0
    /// How long the note of a day waits for any other change, in seconds: its caller tries again later.
    static let dayBusyTimeoutSeconds = 0.05

    /// The installation's account id: a UUID in lower case, made once.
    public let accountID: String

    /// The key that authenticates page tokens: 32 random bytes, made once.
    public let pageTokenKey: [UInt8]

    let pool: DatabasePool
    private let dayWriter: DatabaseQueue
    private let metrics: RegistryMetrics

    /// What a password is compared with when there is no such user, so that the answer takes the same time.
    let nobodysVerifier: String

    /// Opens the registry at `path` and brings its schema up to date; makes it, with mode 0600, if there is none. The
    /// directory must exist.
    public convenience init(
        path: String, metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(RegistryError) {
        try self.init(path: path, metrics: metrics, watching: nil)
    }

    /// Opens the registry; `watch` gets every connection to the database before anything else uses it.
    init(
        path: String, metrics: any MetricsFactory = MetricsSystem.factory,
        watching watch: (@Sendable (Database) -> Void)?
    ) throws(RegistryError) {
        self.metrics = RegistryMetrics(factory: metrics)
        try RegistryFile.prepare(path: path)
        var configuration = Configuration()
        if let watch { configuration.prepareDatabase(watch) }
        pool = try Self.openPool(path: path, configuration)
        dayWriter = try Self.openDayWriter(path: path, configuration)
        (accountID, pageTokenKey) = try RegistryError.translating { [pool] in
            try pool.read { db in
                guard let row = try Row.fetchOne(db, sql: "SELECT account_id, page_token_key FROM installation") else {
                    throw RegistryError.damaged(reason: "the installation has no account id")
                }
                return (try row.column(0), Array(try row.column(1, as: Data.self)))
            }
        }
        var generator = SystemRandomNumberGenerator()
        nobodysVerifier = PasswordVerifier(for: RandomText.bytes(16, using: &generator), using: &generator).stored
    }

    /// The name of the bucket that all users share.
    public var bucketName: String { accountID + "-sftp" }

    /// Reads something; throws when the registry doesn't answer.
    public func check() throws(RegistryError) {
        _ = try userCount()
    }

    /// How many users exist; costs the same whatever their number.
    public func userCount() throws(RegistryError) -> Int {
        try RegistryError.translating {
            try pool.unsafeRead { db in
                let statement = try db.cachedStatement(sql: "SELECT user_count FROM installation")
                guard let count = try Int.fetchOne(statement) else {
                    throw RegistryError.damaged(reason: "the installation has no count of users")
                }
                return count
            }
        }
    }

    /// Runs `updates` in a transaction that is on disk when this returns.
    ///
    /// - Throws: `inDoubt` when it can't be said whether it is; with every other error nothing was changed.
    func write<Value>(_ updates: (Database) throws -> Value) throws(RegistryError) -> Value {
        try metrics.measuring { () throws(RegistryError) in
            var isCommitting = false
            do {
                return try pool.write { db in
                    let value = try updates(db)
                    isCommitting = true
                    return value
                }
            } catch {
                throw isCommitting ? RegistryError(ofCommit: error) : RegistryError(error)
            }
        }
    }

    /// Runs one statement whose loss in a power failure would not matter: the disk is not waited for.
    func writeWithoutSync(sql: String, arguments: StatementArguments) throws(RegistryError) {
        try writeWithoutSync { db in try db.cachedStatement(sql: sql).execute(arguments: arguments) }
    }

    /// Runs `updates` in a transaction as ``writeWithoutSync(sql:arguments:)`` does.
    func writeWithoutSync(_ updates: (Database) throws -> Void) throws(RegistryError) {
        try RegistryError.translating { try dayWriter.write(updates) }
    }

    /// A connection for the days of last use: it neither waits for the disk nor stands behind the pool's writer for longer
    /// than a moment, since a login waits for it.
    private static func openDayWriter(
        path: String, _ configuration: Configuration
    ) throws(RegistryError) -> DatabaseQueue {
        var configuration = configuration
        configuration.busyMode = .timeout(dayBusyTimeoutSeconds)
        configuration.label = "registry.days"
        return try RegistryError.translating {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
                // A checkpoint syncs; the pool's writer makes them.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            }
            return queue
        }
    }

    private static func openPool(
        path: String, _ configuration: Configuration
    ) throws(RegistryError) -> DatabasePool {
        var configuration = configuration
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.label = "registry"
        // Two processes that open a new database at once are in each other's way for a moment: the one that comes
        // second finds the schema half made, or the change to WAL refused without the busy time-out.
        var attemptsLeft = 5
        while true {
            do {
                return try openOnce(path: path, configuration)
            } catch {
                attemptsLeft -= 1
                switch error {
                case .newerSchema, .damaged, .unopenable: throw error
                default: guard attemptsLeft > 0 else { throw error }
                }
                usleep(50_000)
            }
        }
    }

    private static func openOnce(
        path: String, _ configuration: Configuration
    ) throws(RegistryError) -> DatabasePool {
        try RegistryError.translating {
            let pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL when it turns WAL on, after it has prepared the connection, so this comes last.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = RegistrySchema.migrator
            guard try !pool.read(migrator.hasBeenSuperseded) else { throw RegistryError.newerSchema(path: path) }
            try migrator.migrate(pool)
            return pool
        }
    }
}
