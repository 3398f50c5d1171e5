/// A call as the client that made it saw it. Times are those of one clock that never goes back, in nanoseconds.
package struct RecordedCall<Call, Answer>: CustomStringConvertible {
    /// What was asked.
    package let call: Call
    /// What came back; nil when nothing did: the call may have been carried out or not, also long afterwards.
    package let answer: Answer?
    /// Before anything of the call was sent.
    package let began: UInt64
    /// After the answer was there; the greatest number when there is none.
    package let ended: UInt64

    /// A call that was answered.
    package init(_ call: Call, answered answer: Answer, from began: UInt64, to ended: UInt64) {
        (self.call, self.answer, self.began, self.ended) = (call, answer, began, ended)
    }

    /// A call whose answer nobody got.
    package init(lost call: Call, from began: UInt64) {
        (self.call, self.answer, self.began, self.ended) = (call, nil, began, .max)
    }

    /// The same call for somebody who doesn't know of its answer.
    package var withoutAnswer: RecordedCall { RecordedCall(lost: call, from: began) }

    package var description: String {
        guard let answer else { return "\(began / 1_000) … µs: \(call) → no answer" }
        return "\(began / 1_000) to \(ended / 1_000) µs: \(call) → \(answer)"
    }
}

extension RecordedCall: Sendable where Call: Sendable, Answer: Sendable {}
