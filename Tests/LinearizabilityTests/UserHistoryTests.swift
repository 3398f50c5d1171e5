import Linearizability
import Testing

/// Histories of one user that are known to be right or wrong.
@Suite struct UserHistoryTests {
    typealias Recorded = RecordedCall<UserModel.Call, UserModel.Answer>
    typealias Check = LinearizabilityCheck<UserModel>

    private let made = Recorded(.create(fields("a")), answered: .user(fields("a")), from: 0, to: 10)

    private func read(_ text: String, _ from: UInt64, _ to: UInt64) -> Recorded {
        Recorded(.read, answered: .user(fields(text)), from: from, to: to)
    }

    private func absent(_ from: UInt64, _ to: UInt64) -> Recorded {
        Recorded(.read, answered: .absent, from: from, to: to)
    }

    private func update(_ text: String, if tag: String? = nil, _ from: UInt64, _ to: UInt64) -> Recorded {
        Recorded(write(text, if: tag), answered: .user(fields(text)), from: from, to: to)
    }

    private func write(_ text: String, if tag: String? = nil) -> UserModel.Call {
        .update(home: nil, text: text, ifMatch: tag.map(fields))
    }

    /// Whether the history has an order; what it began and ended with otherwise, as the check prints it.
    private func fault(_ history: [Recorded]) -> [String]? {
        switch Check(by: UserModel()).verdict(on: history.shuffled()) {
        case .linearizable: nil
        case .undecided: ["undecided"]
        case .violated(let window): window.map(\.description)
        }
    }

    @Test func `a read that is older than an answered update is refused`() {
        let history = [made, read("a", 11, 12), update("b", 20, 30), read("a", 31, 40), read("b", 41, 50)]
        #expect(fault(history) == [history[2], history[3]].map(\.description))
    }

    @Test func `an update that nobody sees is refused`() {
        // Of two at the same time one is last; here both are answered and neither is there.
        let history = [made, update("b", 20, 30), update("c", 25, 35), read("a", 40, 50)]
        #expect(fault(history) != nil)
        // Both were told of their own, and neither knows of the other's member.
        let partial = [
            made,
            Recorded(
                .update(home: "/x", text: nil, ifMatch: nil),
                answered: .user(UserModel.Fields(home: "/x", text: "a")), from: 20, to: 30),
            update("b", 20, 30),
        ]
        #expect(fault(partial) != nil)
    }

    @Test func `a read after a deletion is refused, and so is a second deletion`() {
        let deleted = Recorded(.delete(ifMatch: nil), answered: .done, from: 20, to: 30)
        #expect(fault([made, deleted, absent(31, 40)]) == nil)
        #expect(fault([made, deleted, read("a", 31, 40)]) != nil)
        #expect(fault([made, deleted, Recorded(.delete(ifMatch: nil), answered: .done, from: 25, to: 40)]) != nil)
        #expect(fault([made, deleted, Recorded(.delete(ifMatch: nil), answered: .absent, from: 25, to: 40)]) == nil)
        #expect(fault([made, deleted, absent(31, 40), read("a", 41, 50)]) != nil)
    }

    @Test func `an update that succeeded with the tag of an older state is refused`() {
        #expect(fault([made, update("b", if: "a", 20, 30), update("c", if: "a", 31, 40)]) != nil)
        // At the same time as well: one of the two comes first.
        #expect(fault([made, update("b", if: "a", 20, 40), update("c", if: "a", 20, 40)]) != nil)
        let refused = Recorded(write("c", if: "a"), answered: .preconditionFailed, from: 20, to: 40)
        #expect(fault([made, update("b", if: "a", 20, 40), refused]) == nil)
        // The tag was right, and nobody changed anything.
        #expect(fault([made, refused]) != nil)
        // The same state again has the same tag.
        let back = [made, update("b", 20, 30), update("a", 31, 40), update("c", if: "a", 41, 50)]
        #expect(fault(back) == nil)
    }

    @Test func `a user that is there before it was asked for, or whose name is given twice, is refused`() {
        #expect(fault([made, read("a", 0, 5)]) == nil)
        #expect(fault([absent(0, 5), made, read("a", 6, 9)]) == nil)
        #expect(fault([Recorded(.list, answered: .absent, from: 11, to: 12), made]) != nil)
        let later = Recorded(.create(fields("a")), answered: .user(fields("a")), from: 5, to: 10)
        #expect(fault([later, read("a", 0, 4)]) != nil)
        #expect(fault([made, later]) != nil)
        let deleted = Recorded(.delete(ifMatch: nil), answered: .done, from: 20, to: 30)
        let again = Recorded(.create(fields("a")), answered: .user(fields("a")), from: 40, to: 50)
        #expect(fault([made, deleted, again]) != nil)
    }

    @Test func `calls at the same time may come in any order`() {
        let both = [made, update("b", 20, 40), update("c", 20, 40)]
        #expect(fault(both + [read("b", 41, 50)]) == nil)
        #expect(fault(both + [read("c", 41, 50)]) == nil)
        #expect(fault(both + [read("a", 20, 40), read("c", 21, 39), read("b", 41, 50)]) == nil)
        #expect(fault(both + [read("b", 20, 25), read("c", 26, 30), read("b", 31, 35)]) != nil)
        // What would change nothing if it came first may have come last.
        #expect(fault([made, update("a", 20, 40), update("b", 20, 40), read("a", 41, 50)]) == nil)
    }

    @Test func `what nobody was told of may have happened, once, then or later, or not`() {
        let lost = Recorded(lost: write("b"), from: 20)
        #expect(fault([made, lost, read("a", 30, 40)]) == nil)
        #expect(fault([made, lost, read("b", 30, 40)]) == nil)
        #expect(fault([made, lost, read("a", 30, 40), update("c", 50, 60), read("b", 70, 80)]) == nil)
        #expect(fault([made, lost, read("b", 30, 40), update("c", 50, 60), read("b", 70, 80)]) != nil)
        #expect(fault([made, read("b", 11, 19), lost]) != nil)
        let deletion = Recorded(lost: UserModel.Call.delete(ifMatch: nil), from: 20)
        #expect(fault([made, deletion, read("a", 30, 40), absent(50, 60)]) == nil)
        #expect(fault([made, deletion, absent(30, 40), read("a", 50, 60)]) != nil)
        // One that asked for another state has done nothing.
        let vain = Recorded(lost: write("b", if: "x"), from: 20)
        #expect(fault([made, vain, read("b", 30, 40)]) != nil)
        let creation = Recorded(lost: UserModel.Call.create(fields("a")), from: 0)
        #expect(fault([creation, absent(1, 2), read("a", 3, 4)]) == nil)
        #expect(fault([creation, read("a", 1, 2), absent(3, 4)]) != nil)
    }

    @Test func `what is shown of a fault is the shortest stretch that has no order by itself`() {
        let before = (0..<30).flatMap { round -> [Recorded] in
            let start = UInt64(100 + round * 10)
            return [update("\(round)", start, start + 5), read("\(round)", start + 6, start + 9)]
        }
        let after = (0..<30).map { read("z", UInt64(1_000 + $0), UInt64(1_000 + $0)) }
        let wrong = [update("y", 500, 510), update("z", 511, 520), read("y", 521, 530)]
        // A call that was going on all the while says nothing.
        let long = update("long", 50, 2_000)
        let found = fault([made, long] + before + wrong + after)
        #expect(found == [long.withoutAnswer, wrong[1], wrong[2]].map(\.description))
    }

    @Test func `a check that would take too long says so`() {
        let updates = (0..<9).map { update("\($0)", 20, 100) }
        let reads = (0..<2).map { read("\($0)", UInt64(101 + $0), UInt64(101 + $0)) }
        guard case .undecided = Check(by: UserModel(), limit: 300).verdict(on: [made] + updates + reads) else {
            Issue.record("a history without an order was decided")
            return
        }
        #expect(fault([made] + updates + reads) != nil)
    }

    @Test func `a tag of two states and a state with two tags are refused`() {
        var tags = EntityTags<UserModel.Fields>()
        let sound = [("1", "a"), ("2", "b"), ("1", "a")].map { tags.note($0.0, of: fields($0.1)) }
        #expect(sound == [true, true, true])
        var other = tags
        let isTaken = [tags.note("1", of: fields("b")), other.note("3", of: fields("a"))]
        #expect(isTaken == [false, false])
    }
}

private func fields(_ text: String) -> UserModel.Fields { UserModel.Fields(home: "/h", text: text) }
