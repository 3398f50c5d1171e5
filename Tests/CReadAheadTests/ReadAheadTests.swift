import CReadAhead
import Glibc
import ServiceTestSupport
import Synchronization
import Testing

/// One at a time: there is one socket that is read ahead.
@Suite(.serialized) struct ReadAheadTests {
    /// Two ends of a connection; what comes to `reader` is read ahead.
    private final class Connection {
        let reader: CInt
        let writer: CInt

        init(waits: Bool = true) throws {
            var ends: [CInt] = [-1, -1]
            try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | O_NONBLOCK, 0, &ends) == 0)
            (reader, writer) = (ends[0], ends[1])
            creadahead_begin(reader)
            if waits { _ = poll(POLLIN) }
        }

        deinit {
            creadahead_end(reader)
            close(reader)
            close(writer)
        }

        /// Sends what the socket takes; how much that was.
        func send(_ bytes: ArraySlice<UInt8>) -> Int {
            max(0, bytes.withUnsafeBytes { Glibc.send(writer, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) })
        }

        /// nil where there is nothing yet.
        func receive(_ count: Int, flags: CInt = 0) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            let received = recv(reader, &bytes, count, flags)
            return received < 0 ? nil : Array(bytes.prefix(received))
        }

        /// What has come and was not read; nil when the kernel does not say.
        var bytesInKernel: CInt? {
            var count: CInt = 0
            return ioctl(reader, UInt(FIONREAD), &count) == 0 ? count : nil
        }

        func poll(_ events: Int32, beside other: CInt = -1, milliseconds: CInt = 0) -> (CInt, Int32, Int32) {
            var entries = [
                pollfd(fd: reader, events: Int16(events), revents: 0),
                pollfd(fd: other, events: Int16(POLLIN), revents: 0),
            ]
            let ready = Glibc.poll(&entries, 2, milliseconds)
            return (ready, Int32(entries[0].revents), Int32(entries[1].revents))
        }
    }

    private let some: [UInt8] = Array(0..<100)

    @Test func bytesArriveAsTheyWereSentHoweverTheyAreTaken() throws {
        let seed = SeededRandom.seedOfThisRun()
        var random = SeededRandom(seed: seed)
        let connection = try Connection()
        let stream = (0..<400_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        var sent = 0
        var received = 0
        while received < stream.count {
            let end = min(stream.count, sent + .random(in: 0...200_000, using: &random))
            sent += connection.send(stream[sent..<end])
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let limit = Bool.random(using: &random) ? 4_096 : Int.random(in: 1...100_000, using: &random)
                if Bool.random(using: &random), let seen = connection.receive(limit, flags: CInt(MSG_PEEK)) {
                    try #require(seen[...] == stream[received..<received + seen.count], "seed \(seed)")
                }
                guard let piece = connection.receive(limit) else { break }
                try #require(piece[...] == stream[received..<received + piece.count], "seed \(seed)")
                received += piece.count
            }
            let isReady = connection.poll(POLLIN).0 == 1
            try #require(isReady == (received < sent), "seed \(seed)")
        }
    }

    @Test func whatIsHeldIsReportedAndThenTheEnd() throws {
        let connection = try Connection()
        #expect(connection.poll(POLLIN) == (0, 0, 0))
        #expect(connection.send(some[...]) == 100)
        #expect(connection.receive(40) == Array(some[..<40]))
        shutdown(connection.writer, CInt(SHUT_RDWR))
        // The kernel has nothing more but the end, which it may be asked for: only what was read ahead is there.
        #expect(connection.poll(POLLIN).1 & POLLIN != 0)
        #expect(connection.receive(4_096) == Array(some[40...]))
        #expect(connection.receive(4_096) == [])
    }

    /// What else is waited for is not asked of the kernel each time, and never later than at the eighth.
    private func eventually(_ expected: (CInt, Int32, Int32), _ poll: () -> (CInt, Int32, Int32)) -> Bool {
        (0..<8).contains { _ in poll() == expected }
    }

    @Test func whetherItCanBeWrittenToIsTheKernelsToSay() throws {
        let connection = try Connection()
        #expect(connection.send(some[...]) == 100)
        #expect(connection.receive(1) == [0])
        #expect(eventually((1, POLLIN | POLLOUT, 0)) { connection.poll(POLLIN | POLLOUT) })
        let filler = [UInt8](repeating: 0, count: 65_536)
        while send(connection.reader, filler, filler.count, CInt(MSG_NOSIGNAL)) > 0 {}
        for _ in 0..<20 { #expect(connection.poll(POLLIN | POLLOUT) == (1, POLLIN, 0)) }
    }

    @Test func othersAreReportedThoughSomethingIsHeld() throws {
        let connection = try Connection()
        var pair: [CInt] = [-1, -1]
        try #require(pipe(&pair) == 0)
        defer { for end in pair { close(end) } }
        #expect(write(pair[1], some, 1) == 1)
        #expect(connection.send(some[...]) == 100)
        #expect(connection.receive(1) == [0])
        #expect(eventually((2, POLLIN, POLLIN)) { connection.poll(POLLIN, beside: pair[0]) })
        #expect(connection.receive(4_096)?.count == 99)
        #expect(connection.poll(POLLIN, beside: pair[0]) == (1, 0, POLLIN))
    }

    @Test func nothingIsReadAheadOfWhoeverWaitsInAnotherWay() throws {
        let connection = try Connection(waits: false)
        #expect(connection.send(some[...]) == 100)
        #expect(connection.receive(1) == [0])
        #expect(connection.bytesInKernel == 99)
    }

    @Test func anotherSocketIsReadAsEver() throws {
        let connection = try Connection()
        let other = try Connection()
        #expect(other.send(some[...]) == 100)
        #expect(other.receive(40) == Array(some[..<40]))
        // Nothing was read ahead: the kernel has the rest.
        #expect(other.bytesInKernel == 60)
        #expect(connection.receive(1) == nil)
    }

    /// Waits in which it is looked again and again before the process sleeps come after those that sleep at once.
    @Test(arguments: [10, 100]) func waitsSeeWhatComesAndEndWithTheirTime(exchanges: Int) throws {
        let connection = try Connection()
        var pair: [CInt] = [-1, -1]
        try #require(pipe(&pair) == 0)
        defer { for end in pair { close(end) } }
        for _ in 0..<exchanges {
            #expect(connection.send(some[...]) == 100)
            creadahead_look()
            #expect(connection.poll(POLLIN, beside: pair[0], milliseconds: 1_000) == (1, POLLIN, 0))
            #expect(connection.receive(4_096)?.count == 100)
        }
        #expect(write(pair[1], some, 1) == 1)
        #expect(connection.poll(POLLIN, beside: pair[0], milliseconds: 1_000) == (1, 0, POLLIN))
        for _ in 0..<3 {
            let began = ContinuousClock.now
            creadahead_look()
            #expect(connection.poll(POLLIN, milliseconds: 20) == (0, 0, 0))
            #expect(ContinuousClock.now - began >= .milliseconds(19))
        }
    }

    @Test func aWaitLooksWhereItIsToAndSleepsForAWhileAfterALookInVain() throws {
        let connection = try Connection()
        Yields.begin()
        defer { Yields.end() }
        func looks(asked: Bool) -> Bool {
            let before = Yields.count
            if asked { creadahead_look() }
            #expect(connection.poll(POLLIN, milliseconds: 1) == (0, 0, 0))
            return Yields.count > before
        }
        for _ in 0..<2 {
            // It begins as if there had been one in vain.
            for _ in 0..<64 { #expect(!looks(asked: true)) }
            #expect(!looks(asked: false))
            #expect(looks(asked: true))
        }
    }
}

/// How often one thread gives up its processor, as a wait does between two looks.
private enum Yields {
    private static let thread = Atomic<pthread_t>(0)
    private static let counted = Atomic<Int>(0)
    static var count: Int { counted.load(ordering: .relaxed) }

    static func begin() { thread.store(pthread_self(), ordering: .relaxed) }
    static func end() { thread.store(0, ordering: .relaxed) }

    static func note() {
        if thread.load(ordering: .relaxed) == pthread_self() { counted.add(1, ordering: .relaxed) }
    }
}

/// In the place of sched_yield(2), for this program.
@_cdecl("sched_yield") func notedYield() -> CInt {
    Yields.note()
    return usleep(0)
}
