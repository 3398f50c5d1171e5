import Foundation
import GRDB

/// Why the registry could not do what was asked. Texts name files and SQLite's reasons, never values of users or keys.
public enum RegistryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The database file can't be opened or made.
    case unopenable(path: String, reason: String)
    /// The database was written by a newer Berth, which this one doesn't understand.
    case newerSchema(path: String)
    /// The file is something else than a registry, or damaged.
    case damaged(reason: String)
    /// The database can be read but not written: disk full, read-only, an input or output error.
    case unwritable(reason: String)
    /// The change could not be committed to its end, as for an error of its sync, or for want of memory behind that: SQLite has
    /// taken it back, but may find it whole in its log when it opens the database the next time.
    case inDoubt(reason: String)
    /// Another process kept the database locked for longer than the busy time-out.
    case busy
    /// As many users exist as the operator allows.
    case userLimitReached(limit: Int)
    /// A fault in Berth itself.
    case unexpected(reason: String)

    /// One sentence for an operator.
    public var description: String {
        switch self {
        case .unopenable(let path, let reason): "the registry \(path) can't be opened: \(reason)"
        case .newerSchema(let path):
            "the registry \(path) was written by a newer version of Berth: install that version, or restore a backup from before its installation"
        case .damaged(let reason): "the registry is damaged or no registry: \(reason)"
        case .unwritable(let reason): "the registry can't be written: \(reason)"
        case .inDoubt(let reason):
            "the registry could not finish a change, which may be there all the same after the next start: \(reason)"
        case .busy: "the registry stayed locked by another process"
        case .userLimitReached(let limit): "the limit of \(limit) users is reached"
        case .unexpected(let reason): "the registry failed unexpectedly: \(reason)"
        }
    }

    /// Whether the change may have been made all the same.
    public var leavesDoubt: Bool {
        if case .inDoubt = self { true } else { false }
    }

    /// The one translation of what the database layer throws.
    public init(_ error: any Error) {
        switch error {
        case let error as RegistryError: self = error
        case let error as DatabaseError: self = RegistryError(database: error)
        default: self = .unexpected(reason: String(describing: type(of: error)))
        }
    }

    /// The same for what COMMIT throws.
    init(ofCommit error: any Error) {
        if let error = error as? DatabaseError, !Self.refusalsToCommit.contains(error.resultCode) {
            self = .inDoubt(reason: Self.reason(error))
        } else {
            self.init(error)
        }
    }

    /// What COMMIT ends with before the change is whole in SQLite's log: a lock, no room for it, a constraint that is looked at
    /// last, no right to write, an interruption, which is heeded only before the first write.
    private static var refusalsToCommit: [ResultCode] {
        [.SQLITE_BUSY, .SQLITE_FULL, .SQLITE_CONSTRAINT, .SQLITE_READONLY, .SQLITE_INTERRUPT]
    }

    private init(database error: DatabaseError) {
        let reason = Self.reason(error)
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_NOMEM:
            self = .unwritable(reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .busy
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(reason: reason)
        default: self = .unexpected(reason: reason)
        }
    }

    /// Not `error.description`, which holds the statement.
    private static func reason(_ error: DatabaseError) -> String {
        "\(error.message ?? "no message") (SQLite code \(error.extendedResultCode.rawValue))"
    }

    /// Runs `body` and turns whatever it throws into a `RegistryError`.
    static func translating<Value>(_ body: () throws -> Value) throws(RegistryError) -> Value {
        do {
            return try body()
        } catch {
            throw RegistryError(error)
        }
    }
}
