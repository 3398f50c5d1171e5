import SessionControl
import Testing

@testable import ManagementAPI

@Suite struct ConnectionBookTests {
    private func source(_ text: String) -> AddressSource? { AddressNetwork.Address(text).map(AddressSource.init) }

    /// A connection that has shown a key and waits for its next request.
    private func openKnown(_ id: Int, from address: String, in book: inout ConnectionBook<Int>) {
        #expect(book.open(id, from: source(address)) == .admitted)
        book.begin(id)
        book.know(id)
        book.end(id)
    }

    @Test func anAddressHasItsShareAndAnIPv6NetworkHasOne() {
        var book = ConnectionBook<Int>(limit: 10, limitPerAddress: 2)
        #expect(book.open(1, from: source("192.0.2.1")) == .admitted)
        #expect(book.open(2, from: source("::ffff:192.0.2.1")) == .admitted)
        #expect(book.open(3, from: source("192.0.2.1")) == .tooManyFromAddress)
        #expect(book.open(4, from: source("2001:db8::1")) == .admitted)
        #expect(book.open(5, from: source("2001:db8::2")) == .admitted)
        #expect(book.open(6, from: source("2001:db8::3")) == .tooManyFromAddress)
        #expect(book.open(7, from: source("2001:db8:0:1::3")) == .admitted)
        book.close(1)
        #expect(book.open(8, from: source("192.0.2.1")) == .admitted)
        #expect(book.count == 5)
    }

    @Test func whoNeverBroughtARequestMakesRoomFirstAndThenWhoWaitedLongest() {
        var book = ConnectionBook<Int>(limit: 4, limitPerAddress: 4)
        for id in 1...4 { #expect(book.open(id, from: nil) == .admitted) }
        for id in [2, 1] {
            book.begin(id)
            book.end(id)
        }
        book.begin(3)
        #expect(book.open(5, from: nil) == .admittedFor(4, source: nil))
        #expect(book.open(6, from: nil) == .admittedFor(5, source: nil))
        book.begin(6)
        #expect(book.open(7, from: nil) == .admittedFor(2, source: nil))
        book.begin(7)
        #expect(book.open(8, from: nil) == .admittedFor(1, source: nil))
        book.begin(8)
        // Nobody who is being answered is put out for somebody who holds as much.
        #expect(book.open(9, from: nil) == .tooMany)
        book.end(3)
        #expect(book.open(9, from: nil) == .admittedFor(3, source: nil))
        #expect(book.count == 4)
    }

    @Test func whoHoldsMostMakesRoomWhoeverCameFirst() {
        var book = ConnectionBook<Int>(limit: 6, limitPerAddress: 6)
        #expect(book.open(1, from: source("192.0.2.1")) == .admitted)
        for id in 2...6 { #expect(book.open(id, from: source("198.51.100.1")) == .admitted) }
        // Its own come first: one that said nothing, though the other address has an older one; one that waits; one that is busy.
        book.begin(2)
        book.end(2)
        for id in 3...5 { book.begin(id) }
        for (id, other) in [(7, 6), (8, 2), (9, 3)] {
            #expect(
                book.open(id, from: source("203.0.113.\(id)"))
                    == .admittedFor(other, source: source("198.51.100.1")))
            book.begin(id)
        }
        // Two are left of it, busy: one makes room for who has none, and none for who has one already.
        book.begin(1)
        #expect(book.open(10, from: source("203.0.113.7")) == .tooMany)
        #expect(book.open(10, from: source("203.0.113.99")) == .admittedFor(4, source: source("198.51.100.1")))
        #expect(book.count == 6)
    }

    @Test func aNetworkWithOneConnectionFromEachOfItsAddressesIsOneThatHoldsMuch() {
        var book = ConnectionBook<Int>(limit: 20, limitPerAddress: 20)
        for id in 0..<3 { #expect(book.open(id, from: source("192.0.2.1")) == .admitted) }
        for id in 3..<20 {
            #expect(book.open(id, from: source("198.51.100.\(id)")) == .admitted)
            book.begin(id)
        }
        #expect(
            book.open(20, from: source("203.0.113.1")) == .admittedFor(3, source: source("198.51.100.3")))
        // Its next one has to do without: it would hold more than all others.
        #expect(book.open(21, from: source("198.51.100.99")) == .tooMany)
    }

    @Test func whoHasShownAKeyMakesNoRoomForThoseThatHaveNot() {
        var book = ConnectionBook<Int>(limit: 4, limitPerAddress: 4)
        for id in 0..<3 {
            #expect(book.open(id, from: source("192.0.2.1")) == .admitted)
            book.begin(id)
            book.know(id)
            book.know(id)
            if id > 0 { book.end(id) }
        }
        // However many there are of those that have, and however long they wait.
        #expect(book.open(3, from: source("198.51.100.1")) == .admitted)
        #expect(book.open(4, from: source("203.0.113.1")) == .admittedFor(3, source: source("198.51.100.1")))
        // While those that have not are busy, nobody gets a second place that way.
        book.begin(4)
        #expect(book.open(5, from: source("203.0.113.1")) == .tooMany)
        // What they hold is not held against them.
        book.end(4)
        #expect(book.open(6, from: source("192.0.2.1")) == .admittedFor(4, source: source("203.0.113.1")))
        // When nobody else is there one that waits makes room, never one that is busy.
        book.know(6)
        #expect(book.open(7, from: source("203.0.113.3")) == .admittedFor(1, source: source("192.0.2.1")))
        book.know(7)
        book.begin(6)
        book.begin(7)
        #expect(book.open(8, from: source("203.0.113.3")) == .admittedFor(2, source: source("192.0.2.1")))
        book.begin(8)
        book.know(8)
        #expect(book.open(9, from: source("203.0.113.4")) == .tooMany)
        book.end(0)
        #expect(book.open(9, from: source("203.0.113.4")) == .admittedFor(0, source: source("192.0.2.1")))
        #expect(book.count == 4)
    }

    @Test func whileThoseWithoutAKeyAreBusyOneThatWaitsMakesRoomForAFewOfEachNetwork() {
        var book = ConnectionBook<Int>(limit: 10, limitPerAddress: 10)
        for id in 0..<10 { openKnown(id, from: "192.0.2.1", in: &book) }
        // For one connection of each address, and for four of each network: those weigh as much.
        for id in 10..<14 {
            let verdict = book.open(id, from: source("203.0.113.\(id)"))
            #expect(verdict == .admittedFor(id - 10, source: source("192.0.2.1")))
            book.begin(id)
            #expect(book.open(99, from: source("203.0.113.\(id)")) == .tooMany)
        }
        #expect(book.open(99, from: source("203.0.113.99")) == .tooMany)
        #expect(book.open(14, from: source("198.51.100.1")) == .admittedFor(4, source: source("192.0.2.1")))
        book.begin(14)
        // A client that comes back for its next request finds a place, and keeps it.
        #expect(book.open(15, from: source("192.0.2.1")) == .admittedFor(5, source: source("192.0.2.1")))
        book.begin(15)
        book.know(15)
        for id in 6..<10 { book.begin(id) }
        #expect(book.open(99, from: source("198.51.101.1")) == .tooMany)
        #expect(book.count == 10)
    }

    @Test func whoseLastRequestHadNoValidKeyMakesRoomLikeAllOthersWhateverItShowedBefore() {
        var book = ConnectionBook<Int>(limit: 3, limitPerAddress: 3)
        for id in 0..<3 { openKnown(id, from: "192.0.2.\(id)", in: &book) }
        // The last one, before those that have waited longer.
        book.begin(2)
        book.forget(2)
        book.forget(2)
        book.end(2)
        #expect(book.open(3, from: source("203.0.113.1")) == .admittedFor(2, source: source("192.0.2.2")))
        book.close(3)
        // Known again with the next key that is valid.
        book.begin(1)
        book.forget(1)
        book.know(1)
        book.end(1)
        #expect(book.open(4, from: source("203.0.113.1")) == .admitted)
        // The one that waited longest, not the one that would be a stranger.
        book.begin(4)
        #expect(book.open(5, from: source("198.51.100.1")) == .admittedFor(0, source: source("192.0.2.0")))
        #expect(book.count == 3)
    }

    /// A thousand addresses that hold what they can, all of it busy, and somebody who comes for a request now and then.
    @Test func whoComesForOneRequestIsServedWhileOthersHoldEverything() {
        var book = ConnectionBook<Int>(limit: 100, limitPerAddress: 25)
        let flood = (0..<1_000).map { source("198.\(51 + $0 % 3).100.\($0 / 4)") }
        var next = 0
        func floods(_ count: Int) -> Set<Int> {
            var putOut: Set<Int> = []
            for _ in 0..<count {
                next += 1
                switch book.open(next, from: flood.randomElement() ?? nil) {
                case .admittedFor(let other, _): putOut.insert(other)
                case .admitted, .tooMany, .tooManyFromAddress: break
                }
                if next % 5 != 0 { book.begin(next) }
            }
            return putOut
        }
        _ = floods(1_000)
        for round in 0..<50 {
            let id = -1 - round
            guard case .admittedFor = book.open(id, from: source("192.0.2.1")) else {
                Issue.record("not let in: \(round)")
                return
            }
            #expect(!floods(200).contains(id))
            book.begin(id)
            #expect(!floods(200).contains(id))
            book.end(id)
            #expect(!floods(200).contains(id))
            book.close(id)
            _ = floods(1)
        }
    }

    @Test func whatBecomesOfOneThatIsNotInTheBookChangesNothing() {
        var book = ConnectionBook<Int>(limit: 1, limitPerAddress: 1)
        #expect(book.open(1, from: source("192.0.2.1")) == .admitted)
        book.begin(2)
        book.end(2)
        book.know(2)
        book.forget(2)
        book.close(2)
        #expect(book.count == 1)
        book.close(1)
        book.close(1)
        #expect(book.count == 0)
        #expect(book.open(3, from: source("192.0.2.1")) == .admitted)
    }

    @Test func countsStayRightWhateverHappens() {
        var book = ConnectionBook<Int>(limit: 20, limitPerAddress: 5)
        var open: Set<Int> = []
        let sources = (0..<8).map { source("192.0.2.\($0)") }
        for id in 0..<20_000 {
            switch book.open(id, from: sources.randomElement() ?? nil) {
            case .admitted: open.insert(id)
            case .admittedFor(let other, _):
                #expect(open.remove(other) != nil)
                open.insert(id)
            case .tooMany, .tooManyFromAddress: break
            }
            if let other = open.randomElement() {
                switch Int.random(in: 0..<30) {
                case 0..<8: book.begin(other)
                case 8..<16: book.end(other)
                case 16: book.know(other)
                case 17: book.forget(other)
                case 18..<25:
                    book.close(other)
                    open.remove(other)
                default: break
                }
            }
            #expect(book.count == open.count && open.count <= 20)
        }
        for id in open { book.close(id) }
        for id in 0..<16 { #expect(book.open(id, from: sources[id / 2]) == .admitted) }
    }
}
