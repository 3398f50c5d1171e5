import Glibc
import Testing

@testable import berth_sftpd

/// On which sockets old algorithms are offered.
@Suite struct ListeningSocketsTests {
    @Test func thoseOpenedForItOfferOldAlgorithms() throws {
        var sockets = ListeningSockets()
        defer { sockets.closeAll() }
        try sockets.open(["127.0.0.1:0", "[::1]:0"], legacy: ["127.0.0.1:0"])
        #expect(sockets.descriptors.map(sockets.isLegacy) == [false, false, true])
        sockets.closeAll()
        #expect(!sockets.isLegacy(0))
    }

    @Test func aPassedSocketIsKnownByItsAddress() throws {
        var sockets = ListeningSockets()
        defer { sockets.closeAll() }
        try sockets.open(["127.0.0.1:0", "[::]:0"], legacy: [])
        let addresses = sockets.addresses
        #expect(sockets.markLegacy(["127.0.0.1:1", addresses[1], "nonsense"]) == ["127.0.0.1:1", "nonsense"])
        #expect(sockets.descriptors.map(sockets.isLegacy) == [false, true])
        // The same address in another way of writing it, and the other one no longer.
        let port = try #require(addresses[1].split(separator: ":").last)
        #expect(sockets.markLegacy(["[0:0::0]:\(port)", addresses[0]]).isEmpty)
        #expect(sockets.descriptors.map(sockets.isLegacy) == [true, true])
        #expect(sockets.markLegacy([]).isEmpty)
        #expect(sockets.descriptors.map(sockets.isLegacy) == [false, false])
    }
}
