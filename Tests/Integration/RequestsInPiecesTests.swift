import Foundation
import SFTPTestSupport
import ServiceTestSupport
import Testing

extension Integration {
    /// Requests that are sent ahead, cut wherever the network may cut them.
    @Suite struct RequestsInPiecesTests {
        /// `BERTH_TEST_SEED` (a number, or `random`) and `BERTH_TEST_ROUNDS` make other and longer runs.
        @Test(arguments: [false, true], ["open", "ended"])
        func `each request has its answer, in the order of the requests, wherever the bytes are cut`(
            withTLS: Bool, side: String
        ) throws {
            let seed = TestSeed.value(fixed: 5), rounds = TestSeed.number("BERTH_TEST_ROUNDS", default: 50)
            print("RequestsInPiecesTests: BERTH_TEST_SEED=\(seed)")
            let place = try Workspace()
            let daemon = try Daemon(settings: withTLS ? TestCertificate("served", in: place).settings : [:])
            let run = try Command.run(
                Programs.python,
                [
                    Programs.script("in_pieces.py"), "\(daemon.apiPort)", withTLS ? "tls" : "plain", side, "\(rounds)",
                    "\(seed)",
                ],
                environment: ["BERTH_API_KEY": daemon.apiKey], seconds: 60 + Double(rounds))
            #expect(run.status == 0 && run.output.hasPrefix("\(rounds) rounds, "), "\(run)\n\(daemon.log.text)")
            #expect(try daemon.api.allUsers().isEmpty)
            #expect(!daemon.log.text.contains(" error "), "\(daemon.log.text)")
        }
    }
}
