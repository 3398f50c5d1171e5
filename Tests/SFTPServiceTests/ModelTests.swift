import SFTPProtocol
import SFTPTestSupport
import Testing

@testable import SFTPService

/// Thousands of random operations beside a plain directory. `BERTH_TEST_SEED` (a number, or `random`) and
/// `BERTH_MODEL_STEPS` make other and longer runs.
@Suite struct ModelTests {
    @Test func thousandsOfOperationsLeaveWhatAPlainDirectoryHas() throws {
        let seed = TestSeed.value(fixed: 20_261_123)
        let steps = TestSeed.number("BERTH_MODEL_STEPS", default: 8_000)
        print("ModelTests: BERTH_TEST_SEED=\(seed) BERTH_MODEL_STEPS=\(steps)")
        let scratch = ScratchDirectory()
        scratch.directory("home")
        var session: Session?
        let driver = try ModelDriver(seed: seed) {
            session?.server.inputEnded()
            let next = try Session(scratch) { $0.durability = .never }
            session = next
            return { try next.send($0) }
        }
        try driver.run(steps: steps, comparingEvery: 400)
        // What is on the disk, too, and not only what the server says of it.
        #expect(try Comparison.tree(at: scratch.host("home")) == Comparison.tree(at: driver.modelPath))
    }

    /// A model that never disagrees would prove nothing.
    @Test func aLostWriteIsFound() throws {
        let session = try Session { $0.durability = .never }
        var writes = 0
        let driver = try ModelDriver(seed: 1) {
            { packet in
                guard packet.count > 4, packet[4] == PacketType.write.rawValue else { return try session.send(packet) }
                writes += 1
                // The third is acknowledged and forgotten.
                return try writes == 3 ? session.send(Packet.path(.setstat, ".".bytes, .init())) : session.send(packet)
            }
        }
        #expect(throws: ModelDriver.Mismatch.self) { try driver.run(steps: 2_000, comparingEvery: 50) }
        #expect(writes >= 3)
    }
}
