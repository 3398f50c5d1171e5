import SFTPTestSupport
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct ModelTests {
        /// `BERTH_TEST_SEED` (a number, or `random`) and `BERTH_MODEL_STEPS` make other and longer runs.
        @Test func `random operations over SSH leave what a plain directory has`() throws {
            let seed = TestSeed.value(fixed: 7)
            print("Integration.ModelTests: BERTH_TEST_SEED=\(seed)")
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/model")
            var connection: SFTPOverSSH?
            let driver = try ModelDriver(seed: seed) {
                connection = nil
                let next = try SFTPOverSSH(daemon.client(user))
                connection = next
                return { try next.send($0) }
            }
            try driver.run(
                steps: TestSeed.number("BERTH_MODEL_STEPS", default: 1_000), comparingEvery: 250)
            #expect(connection != nil)
        }
    }
}
