/// The entity tags that answers had: each stands for one state, and no state has two.
package struct EntityTags<State: Hashable> {
    private var states: [String: State] = [:]
    private var tags: [State: String] = [:]

    package init() {}

    /// Takes a tag down with what was shown with it; false when an earlier answer contradicts.
    package mutating func note(_ tag: String, of state: State) -> Bool {
        let isSame = (states[tag] ?? state) == state && (tags[state] ?? tag) == tag
        states[tag] = state
        tags[state] = tag
        return isSame
    }
}
