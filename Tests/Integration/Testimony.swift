import Dispatch
import Linearizability

/// What one client asked and was told, in a race of many.
struct Testimony: Sendable {
    typealias Recorded = RecordedCall<UserModel.Call, UserModel.Answer>

    /// A page of a list: what it shows of each user.
    struct Page: Sendable {
        let began: UInt64
        let ended: UInt64
        let shown: [String: UserModel.Fields]
        /// Whether it is the whole list, so that who is missing does not exist.
        let isWhole: Bool
    }

    /// Calls about one user each.
    var calls: [(name: String, call: Recorded)] = []
    /// By the text of the user that was asked for, which no other was: nobody was told its name.
    var lostCreations: [String: Recorded] = [:]
    var pages: [Page] = []
    var tags: [(name: String, fields: UserModel.Fields, tag: String)] = []
    /// Answers that are wrong whatever the state is.
    var surprises: [String] = []

    /// Nanoseconds of the clock that all calls are timed by.
    static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    var lostCount: Int { lostCreations.count + calls.count { $0.call.answer == nil } }

    /// Everything that some clients saw.
    static func joined(_ all: [Testimony]) -> Testimony {
        all.reduce(into: Testimony()) { sum, next in
            sum.calls += next.calls
            sum.lostCreations.merge(next.lostCreations) { first, _ in first }
            sum.pages += next.pages
            sum.tags += next.tags
            sum.surprises += next.surprises
        }
    }

    /// The history of each user, by name, and the names that pages show though nobody asked for such a user.
    func histories() -> (histories: [String: [Recorded]], unasked: Set<String>) {
        var histories = Dictionary(grouping: calls, by: \.name).mapValues { $0.map(\.call) }
        let made = Set(
            calls.filter { if case .create = $0.call.call { true } else { false } }.map(\.name))
        var unasked: Set<String> = []
        // Who was seen first was not changed yet, since nobody knew the name.
        let shown = pages.flatMap(\.shown)
        var adopted: Set<String> = []
        for (name, fields) in shown where !made.contains(name) && !adopted.contains(name) {
            guard let creation = lostCreations[fields.text] else { continue }
            histories[name, default: []].append(creation)
            adopted.insert(name)
        }
        for (name, _) in shown where !made.contains(name) && !adopted.contains(name) { unasked.insert(name) }
        for page in pages {
            for name in histories.keys {
                let answer = page.shown[name].map(UserModel.Answer.user) ?? (page.isWhole ? .absent : nil)
                guard let answer else { continue }
                histories[name]?.append(Recorded(.list, answered: answer, from: page.began, to: page.ended))
            }
        }
        return (histories, unasked)
    }

    /// What is wrong with all of it, in words; empty when everything has an order.
    func faults() -> [String] {
        var faults = surprises
        let (histories, unasked) = histories()
        faults += unasked.sorted().map { "\($0) is listed, and nobody made it" }
        var states = EntityTags<[String]>()
        for (name, fields, tag) in tags where !states.note(tag, of: [name, fields.home, fields.text]) {
            faults.append("\(name): the tag \(tag) and \(fields) do not belong together alone")
        }
        let check = LinearizabilityCheck(by: UserModel())
        for (name, history) in histories.sorted(by: { $0.key < $1.key }) {
            switch check.verdict(on: history) {
            case .linearizable: break
            case .undecided: faults.append("\(name): too many possible orders of \(history.count) calls")
            case .violated(let window):
                let lines = window.map { "    \($0)" }.joined(separator: "\n")
                faults.append("\(name): no order of these, whatever came before, gives their answers:\n\(lines)")
            }
        }
        return faults
    }
}
