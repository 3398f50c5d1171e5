import Linearizability
import Testing

/// Histories of a user's passwords that are known to be right or wrong.
@Suite struct PasswordHistoryTests {
    typealias Recorded = RecordedCall<UserModel.Call, UserModel.Answer>

    private let made = Recorded(
        .create(UserModel.Fields(home: "/h", text: "a")), answered: .user(UserModel.Fields(home: "/h", text: "a")),
        from: 0, to: 1)

    /// Calls one after the other, each with its answer; nil for one that was lost.
    private func hasOrder(_ calls: [(UserModel.Call, UserModel.Answer?)]) -> Bool {
        var history = [made]
        for (place, (call, answer)) in calls.enumerated() {
            let start = UInt64(10 + place * 10)
            history.append(
                answer.map { Recorded(call, answered: $0, from: start, to: start + 5) }
                    ?? Recorded(lost: call, from: start))
        }
        if case .linearizable = LinearizabilityCheck(by: UserModel()).verdict(on: history) { return true }
        return false
    }

    private func list(_ passwords: (Int64, String?)...) -> (UserModel.Call, UserModel.Answer?) {
        (.listPasswords, .passwords(passwords.map { ValidPasswords.Shown(id: $0.0, end: $0.1) }))
    }

    private func reset(until end: String? = nil) -> (UserModel.Call, UserModel.Answer?) {
        (.resetPassword(overlaps: end != nil), .reset(previousEnd: end))
    }

    private func delete(_ id: Int64, _ answer: UserModel.Answer?) -> (UserModel.Call, UserModel.Answer?) {
        (.deletePassword(id), answer)
    }

    @Test func `a reset leaves the new password, and with an overlap the one that ends first`() {
        #expect(hasOrder([list((1, nil)), reset(), list((2, nil))]))
        #expect(!hasOrder([list((1, nil)), reset(), list((1, nil))]))
        #expect(!hasOrder([list((1, nil)), reset(), list((1, nil), (2, nil))]))
        #expect(hasOrder([reset(until: "x"), list((1, "x"), (2, nil)), reset(until: "x"), list((1, "x"), (3, nil))]))
        #expect(!hasOrder([reset(until: "x"), list((1, "x"), (2, nil)), reset(until: "y")]))
        #expect(!hasOrder([reset(until: "x"), list((1, nil), (2, nil))]))
        #expect(!hasOrder([(.resetPassword(overlaps: true), .reset(previousEnd: nil))]))
    }

    @Test func `a third valid password is refused`() {
        #expect(!hasOrder([reset(until: "x"), reset(until: "x"), list((1, "x"), (2, nil), (3, nil))]))
        #expect(!hasOrder([reset(until: "x"), reset(until: "x"), list((1, "x"), (2, "x"), (3, nil))]))
    }

    @Test func `an id that was replaced does not come back`() {
        #expect(!hasOrder([list((5, nil)), reset(), list((6, nil)), reset(), list((5, nil))]))
    }

    @Test func `a password is deleted once, and the last one never`() {
        let two = [reset(until: "x"), list((1, "x"), (2, nil))]
        #expect(hasOrder(two + [delete(2, .done), delete(2, .absent), list((1, "x")), delete(1, .lastPassword)]))
        #expect(!hasOrder(two + [delete(2, .done), delete(1, .done)]))
        #expect(!hasOrder(two + [delete(2, .lastPassword)]))
        #expect(!hasOrder(two + [delete(2, .absent)]))
        // The next one keeps the end of the one that is left.
        #expect(hasOrder(two + [delete(2, .done), reset(until: "x"), list((1, "x"), (3, nil))]))
    }

    @Test func `a reset that nobody was told of may have happened`() {
        let lost: (UserModel.Call, UserModel.Answer?) = (.resetPassword(overlaps: true), nil)
        #expect(hasOrder([list((1, nil)), lost, list((1, nil))]))
        #expect(hasOrder([list((1, nil)), lost, list((1, "x"), (2, nil)), reset(until: "x")]))
        #expect(!hasOrder([list((1, nil)), lost, list((1, "x"), (2, nil)), reset(until: "y")]))
        #expect(!hasOrder([list((1, nil)), lost, list((1, "x"), (2, nil)), list((1, nil))]))
    }

    @Test func `passwords go with their user`() {
        let deleted: (UserModel.Call, UserModel.Answer?) = (.delete(ifMatch: nil), .done)
        #expect(hasOrder([deleted, (.listPasswords, .absent), (.resetPassword(overlaps: true), .absent)]))
        #expect(!hasOrder([deleted, list((1, nil))]))
        #expect(!hasOrder([deleted, reset()]))
    }
}
