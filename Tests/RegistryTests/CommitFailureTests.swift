import GRDB
import Testing

@testable import Registry

@Suite struct CommitFailureTests {
    private let temporary: TemporaryRegistry
    private var registry: Registry { temporary.registry }

    init() throws {
        temporary = try TemporaryRegistry()
    }

    /// Makes COMMIT fail, with the change undone.
    private final class FailingCommit: TransactionObserver {
        private let code: ResultCode

        init(_ code: ResultCode) {
            self.code = code
        }

        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseWillCommit() throws { throw DatabaseError(resultCode: code) }
        func databaseDidCommit(_ db: Database) {}
        func databaseDidRollback(_ db: Database) {}
    }

    private func failure(_ body: () throws -> Void) throws -> RegistryError {
        let error = try #require(throws: RegistryError.self) { try body() }
        #expect(try registry.userCount() == 0)
        return error
    }

    /// Whatever is not known to come before the change is whole in the log, such as memory that is wanted behind that.
    @Test(arguments: [
        ResultCode.SQLITE_IOERR, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_SHMSIZE, .SQLITE_NOMEM,
        .SQLITE_CANTOPEN, .SQLITE_CORRUPT, .SQLITE_PROTOCOL, .SQLITE_ERROR, .SQLITE_INTERNAL,
    ])
    func aChangeWhoseCommitIsNotRefusedButFailsIsInDoubt(code: ResultCode) throws {
        registry.pool.add(transactionObserver: FailingCommit(code), extent: .databaseLifetime)
        let error = try failure { _ = try temporary.makeUser() }
        guard case .inDoubt(let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.leavesDoubt && reason.contains("\(code.rawValue)"))
    }

    @Test(arguments: [
        ResultCode.SQLITE_FULL, .SQLITE_READONLY, .SQLITE_READONLY_DBMOVED, .SQLITE_BUSY, .SQLITE_BUSY_SNAPSHOT,
        .SQLITE_CONSTRAINT_FOREIGNKEY, .SQLITE_INTERRUPT,
    ])
    func aCommitThatIsRefusedLeavesNoDoubt(code: ResultCode) throws {
        registry.pool.add(transactionObserver: FailingCommit(code), extent: .databaseLifetime)
        let error = try failure { _ = try temporary.makeUser() }
        switch error {
        case .unwritable: #expect([.SQLITE_FULL, .SQLITE_READONLY].contains(code.primaryResultCode))
        case .busy: #expect(code.primaryResultCode == .SQLITE_BUSY)
        case .unexpected: #expect([.SQLITE_CONSTRAINT, .SQLITE_INTERRUPT].contains(code.primaryResultCode))
        default: Issue.record("\(error)")
        }
        #expect(!error.leavesDoubt)
    }

    @Test func anInputOrOutputErrorBeforeTheCommitLeavesNoDoubt() throws {
        let error = try failure {
            try registry.write { _ in throw DatabaseError(resultCode: .SQLITE_IOERR_READ) }
        }
        guard case .unwritable = error else {
            Issue.record("\(error)")
            return
        }
    }
}
