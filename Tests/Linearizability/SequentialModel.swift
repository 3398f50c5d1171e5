/// What a thing does while one call is made at a time: which answers are right, and what they leave behind.
package protocol SequentialModel {
    /// Everything that an answer can depend on. What is equal must answer every further call the same way.
    associatedtype State: Hashable
    /// What is asked.
    associatedtype Call
    /// What comes back.
    associatedtype Answer

    /// The state before the first call.
    var initial: State { get }

    /// The state after a call; nil when the answer is wrong in `state`.
    ///
    /// - Parameter answer: nil where nobody got it: then the state is the one after a call that was carried out.
    func state(after call: Call, answered answer: Answer?, from state: State) -> State?

    /// Whether a call that was answered so changes nothing, whatever the state is.
    func isPassive(_ call: Call, answered answer: Answer) -> Bool
}
