import SFTPProtocol
import SFTPService
import SessionControl
import Testing

/// What the SFTP server counts as failed, and what a session tells the broker of.
@Suite struct FailureKindTests {
    @Test func everyOperationAndEveryStatusOfAFailureHasItsKind() {
        for operation in FileOperation.allCases {
            let told = OperationFailures.Operation(rawValue: operation.rawValue)
            #expect(told.map { "\($0)" } == "\(operation)")
        }
        #expect(OperationFailures.Operation.allCases.count == FileOperation.allCases.count)
        // Success, an end, and two of a client's own making are no failures.
        let others: Set<StatusCode> = [.ok, .endOfFile, .noConnection, .connectionLost]
        for status in StatusCode.allCases {
            let told = OperationFailures.Status(rawValue: UInt8(status.rawValue))
            #expect(told.map { "\($0)" } == (others.contains(status) ? nil : "\(status)"))
        }
    }
}
