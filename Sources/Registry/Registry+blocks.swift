import Foundation
import GRDB

// Blocks outlive a restart, and so do those that are over: the next one is longer for a day.
extension Registry {
    /// All blocks, those that are over included, in the order in which they began.
    public func blocks() throws(RegistryError) -> [BlockedSource] {
        try RegistryError.translating {
            try pool.unsafeRead { db in
                try Row.fetchAll(
                    db,
                    sql: "SELECT source, began_at, ends_at, number, failures, reason FROM block ORDER BY began_at"
                ).map { row in
                    BlockedSource(
                        source: try row.column(0), beganAt: try row.date(1), endsAt: try row.date(2),
                        number: try row.column(3), failures: try row.column(4), reason: try row.column(5))
                }
            }
        }
    }

    /// Keeps a block in the place of an earlier one of the same source.
    public func save(_ block: BlockedSource) throws(RegistryError) {
        try write { db in
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO block (source, began_at, ends_at, number, failures, reason)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                block.source, block.beganAt.millisecondsSinceEpoch, block.endsAt.millisecondsSinceEpoch, block.number,
                block.failures, block.reason,
            ])
        }
    }

    /// Forgets the blocks of these sources.
    public func removeBlocks(of sources: [String]) throws(RegistryError) {
        try write { db in
            for source in sources {
                try db.cachedStatement(sql: "DELETE FROM block WHERE source = ?").execute(arguments: [source])
            }
        }
    }
}
