import Testing

@testable import SSHTransport

/// Clients that come no further, and clients that keep the server busy with nothing.
@Suite struct SlowClientTests {
    @Test(
        "whatever trickles in, without keys the connection ends when the time for them is over",
        arguments: ["banner", "exchange", "ignored", "halfway"])
    func trickles(_ name: String) throws {
        let server = try TestServer(["--handshake", "1", "--grace", "40"])
        let began = ContinuousClock.now
        let result = try server.client("slow.py", name).finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(ContinuousClock.now - began < .seconds(20))
        #expect(try server.end().hasPrefix("handshakeTime"))
    }

    @Test func linesBeforeTheIdentificationAreRefused() throws {
        let server = try TestServer(["--handshake", "40", "--grace", "40"])
        let result = try server.client("slow.py", "lines").finish()
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(
        "with keys and without a login nothing that a client sends is progress",
        arguments: ["ignored_after_keys", "debug_after_keys"])
    func noProgress(_ name: String) throws {
        let server = try TestServer(["--handshake", "1", "--grace", "3"])
        let result = try server.client("slow.py", name).finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(try server.end().hasPrefix("graceTime"))
    }

    @Test func packetsBeforeTheLoginAreCounted() throws {
        let server = try TestServer(["--grace", "40"])
        let result = try server.client("slow.py", "flood_after_keys").finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(try server.end().contains("too many packets before the login"))
    }

    @Test func newKeysAgainAndAgainEndTheConnection() throws {
        let server = try TestServer()
        let result = try server.client("slow.py", "rekey_storm").finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(try server.end().contains("too many key exchanges"))
    }

    @Test func newKeysAfterWorkDoNot() throws {
        let server = try TestServer()
        let result = try server.client("slow.py", "rekeys_with_traffic").finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(try server.end().hasPrefix("clientLeft"))
    }

    @Test func keyExchangesArePaidForWithBytesOrTime() {
        let start = MonotonicTime.now
        let price = KeyExchangeAllowance.price, most = KeyExchangeAllowance.most
        let later = start.adding(milliseconds: Int(KeyExchangeAllowance.millisecondsEach))
        let muchLater = start.adding(milliseconds: 86_400_000)
        /// Whether so many are allowed when the free ones are used up.
        func allows(_ exchanges: UInt64, bytes: UInt64, at now: MonotonicTime) -> Bool {
            var allowance = KeyExchangeAllowance(now: start)
            for number in 1...most where !allowance.update(exchanges: number, bytes: 0, now: start) { return false }
            return allowance.update(exchanges: most + exchanges, bytes: bytes, now: now)
        }
        #expect(!allows(1, bytes: price - 1, at: start) && allows(1, bytes: price, at: start))
        #expect(allows(1, bytes: 0, at: later) && !allows(2, bytes: 0, at: later))
        // A long download saves up no more than there were at the beginning.
        #expect(allows(most, bytes: 1 << 50, at: muchLater) && !allows(most + 1, bytes: 1 << 50, at: muchLater))
        #expect(!allows(.max - most, bytes: .max, at: muchLater))
    }
}
