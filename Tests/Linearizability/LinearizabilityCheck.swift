/// Tells whether what clients saw at the same time is what one after the other could have seen.
package struct LinearizabilityCheck<Model: SequentialModel> {
    package typealias History = [RecordedCall<Model.Call, Model.Answer>]

    /// What there is to say of a history.
    package enum Verdict {
        /// There is an order in which every answer is right.
        case linearizable
        /// There is none, and not of these calls either, whatever those before them left behind.
        case violated(window: History)
        /// There are too many possible orders to look at all of them.
        case undecided
    }

    private let model: Model
    private let limit: Int

    /// A check by `model` that looks at no more than `limit` configurations at once.
    package init(by model: Model, limit: Int = 200_000) {
        self.model = model
        self.limit = limit
    }

    /// Looks for an order of the calls.
    package func verdict(on history: History) -> Verdict {
        switch search(history).outcome {
        case .found: .linearizable
        case .gaveUp: .undecided
        case .none: .violated(window: shortestWindow(of: history))
        }
    }

    /// The shortest stretch of a history without an order that has none by itself.
    private func shortestWindow(of history: History) -> History {
        let beginning = shortestBeginning(of: history)
        // Whatever was carried out before the window: the search has been at every state that it can have led to.
        let states = search(beginning).states
        for start in Set(beginning.map(\.began)).sorted(by: >) {
            let window = beginning.filter { $0.ended >= start }
            // Those that had begun may have been carried out before it, and then their answers say nothing about it.
            let known = window.map { $0.began >= start ? $0 : $0.withoutAnswer }
            var search = LinearizationSearch(known, of: model, limit: limit)
            if case .none = search.run(from: states) { return window.sorted { $0.began < $1.began } }
        }
        return beginning.sorted { $0.began < $1.began }
    }

    /// The history up to the first answer with which there is no order any more.
    private func shortestBeginning(of history: History) -> History {
        let ends = history.filter { $0.answer != nil }.map(\.ended).sorted()
        // With a call less a history that has an order keeps one, so that the ends are in two parts.
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if case .none = search(beginning(of: history, until: ends[middle])).outcome {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return ends.indices.contains(low) ? beginning(of: history, until: ends[low]) : history
    }

    private func beginning(of history: History, until end: UInt64) -> History {
        history.filter { $0.began <= end }.map { $0.ended <= end ? $0 : $0.withoutAnswer }
    }

    private func search(_ history: History) -> (outcome: LinearizationSearch<Model>.Outcome, states: Set<Model.State>) {
        var search = LinearizationSearch(history, of: model, limit: limit)
        let outcome = search.run(from: CollectionOfOne(model.initial))
        return (outcome, search.states)
    }
}
