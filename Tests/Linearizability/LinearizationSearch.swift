/// A search for an order of calls, one at a time, in which every answer is right and no call comes before one that had been
/// answered when it began (Wing and Gong), where what was tried once is not tried again (Lowe).
struct LinearizationSearch<Model: SequentialModel> {
    enum Outcome {
        case found
        case none
        /// There are more possibilities than it may look at.
        case gaveUp
    }

    /// How far an order has come. What follows depends on nothing else.
    private struct Configuration: Hashable {
        /// A bit for each call that is in the order.
        var done: [UInt64]
        var state: Model.State

        init(state: Model.State, calls: Int) {
            done = [UInt64](repeating: 0, count: (calls + 63) / 64)
            self.state = state
        }

        func has(_ call: Int) -> Bool { done[call / 64] >> UInt64(call % 64) & 1 == 1 }

        mutating func add(_ call: Int) { done[call / 64] |= 1 << UInt64(call % 64) }
    }

    private let model: Model
    private let calls: [RecordedCall<Model.Call, Model.Answer>]
    private let limit: Int
    private var seen: Set<Configuration> = []

    /// A search that looks at no more than `limit` configurations.
    init(_ calls: [RecordedCall<Model.Call, Model.Answer>], of model: Model, limit: Int) {
        self.calls = calls.sorted { $0.began < $1.began }
        self.model = model
        self.limit = limit
    }

    /// The states that some order led to, as far as it was tried.
    var states: Set<Model.State> { Set(seen.lazy.map(\.state)) }

    /// Whether there is an order that begins in one of `states`.
    mutating func run(from states: some Sequence<Model.State>) -> Outcome {
        var open = states.map { Configuration(state: $0, calls: calls.count) }
        while var configuration = open.popLast() {
            let choices = settle(&configuration)
            guard seen.insert(configuration).inserted else { continue }
            guard seen.count <= limit else { return .gaveUp }
            // Calls without an answer need not have happened.
            guard choices.contains(where: { calls[$0].answer != nil }) else { return .found }
            // What is last is tried first: those that must have happened, in the order of their ends.
            for choice in choices.sorted(by: { calls[$0].ended > calls[$1].ended }) {
                guard let state = state(after: choice, in: configuration) else { continue }
                // What need not have happened has not, where it would change nothing.
                guard calls[choice].answer != nil || state != configuration.state else { continue }
                var next = configuration
                next.add(choice)
                next.state = state
                open.append(next)
            }
        }
        return .none
    }

    /// Takes what was answered rightly and never changes anything as soon as it may come: no order is lost by that. (One that
    /// happens to change nothing now may be wanted later, when it does.) Returns what may come next then.
    private func settle(_ configuration: inout Configuration) -> [Int] {
        while true {
            let choices = choices(in: configuration)
            let idle = choices.filter { choice in
                guard let answer = calls[choice].answer, model.isPassive(calls[choice].call, answered: answer) else {
                    return false
                }
                return state(after: choice, in: configuration) == configuration.state
            }
            guard !idle.isEmpty else { return choices }
            for call in idle { configuration.add(call) }
        }
    }

    /// The calls that may come next: those that began before any other of the rest was answered.
    private func choices(in configuration: Configuration) -> [Int] {
        var choices: [Int] = []
        var firstEnd = UInt64.max
        for (index, call) in calls.enumerated() where !configuration.has(index) {
            guard call.began <= firstEnd else { break }
            choices.append(index)
            firstEnd = min(firstEnd, call.ended)
        }
        return choices
    }

    private func state(after call: Int, in configuration: Configuration) -> Model.State? {
        model.state(after: calls[call].call, answered: calls[call].answer, from: configuration.state)
    }
}
