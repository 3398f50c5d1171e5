/// The passwords of a user that are valid, as far as answers have told: at most two.
package struct ValidPasswords: Hashable, Sendable {
    /// A password as ListPasswords shows it.
    package struct Shown: Hashable, Sendable {
        package let id: Int64
        package let end: String?

        package init(id: Int64, end: String?) {
            (self.id, self.end) = (id, end)
        }
    }

    private enum End: Hashable {
        case none
        /// It ends, and no answer has said when.
        case unknown
        case at(String)
    }

    private struct Password: Hashable {
        /// Tells passwords apart whose ids nobody has seen.
        let number: Int
        var id: Int64?
        var end: End
    }

    /// In the order in which they were made; the first is CreateUser's.
    private var all = [Password(number: 0, id: nil, end: .none)]
    private var made = 1
    /// The greatest id that was seen. Ids grow, and none is used twice.
    private var lastID: Int64 = 0

    /// What a call does, if it is one on passwords; false when the answer is wrong.
    mutating func change(by call: UserModel.Call, answered answer: UserModel.Answer?) -> Bool {
        switch (call, answer) {
        case (.resetPassword(let overlaps), nil): reset(overlaps: overlaps, end: .unknown)
        case (.resetPassword(true), .reset(let end?)): reset(overlaps: true, end: .at(end))
        case (.resetPassword(false), .reset(nil)): reset(overlaps: false, end: .none)
        case (.listPasswords, nil): true
        case (.listPasswords, .passwords(let shown)): isShown(as: shown)
        case (.deletePassword(let id), nil), (.deletePassword(let id), .done): delete(id)
        case (.deletePassword(let id), .absent): !all.contains { $0.id == id }
        case (.deletePassword(let id), .lastPassword): all.map(\.id) == [id]
        default: false
        }
    }

    /// The one that ends already keeps its end, or else the only one gets it; every other is gone.
    private mutating func reset(overlaps: Bool, end: End) -> Bool {
        var kept = overlaps ? all.first { $0.end != .none } ?? all.first : nil
        switch (kept?.end, end) {
        case (.at(let known), .at(let told)): guard known == told else { return false }
        case (.at, _), (nil, _): break
        default: kept?.end = end
        }
        all = [kept].compactMap(\.self) + [Password(number: made, id: nil, end: .none)]
        made += 1
        return true
    }

    private mutating func isShown(as shown: [Shown]) -> Bool {
        guard shown.count == all.count else { return false }
        for (place, one) in shown.enumerated() {
            // An id that is new to everybody belongs to the one that nobody has seen.
            guard all[place].id.map({ $0 == one.id }) ?? (one.id > lastID) else { return false }
            switch (all[place].end, one.end) {
            case (.none, nil): break
            case (.unknown, let end?): all[place].end = .at(end)
            case (.at(let known), let end?): guard known == end else { return false }
            default: return false
            }
            all[place].id = one.id
            lastID = max(lastID, one.id)
        }
        return true
    }

    private mutating func delete(_ id: Int64) -> Bool {
        guard all.count > 1, let place = all.firstIndex(where: { $0.id == id }) else { return false }
        all.remove(at: place)
        return true
    }
}
