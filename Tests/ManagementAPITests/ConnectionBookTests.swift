import SessionControl
import Testing

@testable import ManagementAPI

@Suite struct ConnectionBookTests {
    private func source(_ text: String) -> AddressSource? { AddressNetwork.Address(text).map(AddressSource.init) }

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
        // Nobody who is being answered is put out.
        #expect(book.open(9, from: nil) == .tooMany)
        book.end(3)
        #expect(book.open(9, from: nil) == .admittedFor(3, source: nil))
        #expect(book.count == 4)
    }

    @Test func whatBecomesOfOneThatIsNotInTheBookChangesNothing() {
        var book = ConnectionBook<Int>(limit: 1, limitPerAddress: 1)
        #expect(book.open(1, from: source("192.0.2.1")) == .admitted)
        book.begin(2)
        book.end(2)
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
                switch Int.random(in: 0..<4) {
                case 0: book.begin(other)
                case 1: book.end(other)
                case 2:
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
