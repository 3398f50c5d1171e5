import Linearizability
import SFTPTestSupport
import Testing

/// The search beside one that tries every order, on histories of a number that is set and read.
@Suite struct RandomHistoryTests {
    private struct Register: SequentialModel {
        enum Call {
            case set(Int)
            case read
            /// Sets it to the second number where it is the first.
            case exchange(Int, Int)
        }

        let initial = 0

        func state(after call: Call, answered answer: Int?, from state: Int) -> Int? {
            let next =
                switch call {
                case .set(let number): number
                case .read: state
                case .exchange(let old, let new): state == old ? new : state
                }
            // Each is answered with the number that it leaves.
            return (answer ?? next) == next ? next : nil
        }

        func isPassive(_ call: Call, answered answer: Int) -> Bool {
            if case .read = call { true } else { false }
        }
    }

    private typealias Recorded = RecordedCall<Register.Call, Int>

    private static func call(_ random: inout SplitMix64) -> Register.Call {
        switch random.below(3) {
        case 0: .set(random.below(3))
        case 1: .read
        default: .exchange(random.below(3), random.below(3))
        }
    }

    /// Calls of some clients that are carried out one at a time, each at a moment between its begin and its end.
    private static func history(_ count: Int, _ random: inout SplitMix64) -> [Recorded] {
        let model = Register()
        var state = model.initial
        return (0..<count).map { place in
            let call = call(&random)
            let isLost = random.below(8) == 0
            let moment = UInt64(100 * place + 300)
            let began = moment - UInt64(random.below(250))
            guard let next = model.state(after: call, answered: nil, from: state) else { preconditionFailure() }
            if !isLost || random.below(2) == 0 { state = next }
            return isLost
                ? Recorded(lost: call, from: began)
                : Recorded(call, answered: next, from: began, to: moment + UInt64(random.below(250)))
        }
    }

    /// By trying every order of every choice of the calls that were lost.
    private static func hasOrder(_ calls: [Recorded], from state: Int = 0) -> Bool {
        guard calls.contains(where: { $0.answer != nil }) else { return true }
        let firstEnd = calls.map(\.ended).min() ?? .max
        return calls.indices.contains { index in
            let call = calls[index]
            guard call.began <= firstEnd,
                let next = Register().state(after: call.call, answered: call.answer, from: state)
            else { return false }
            var rest = calls
            rest.remove(at: index)
            return hasOrder(rest, from: next)
        }
    }

    private static func hasOrderByCheck(_ calls: [Recorded]) -> Bool? {
        switch LinearizabilityCheck(by: Register()).verdict(on: calls) {
        case .linearizable: true
        case .violated(let window): window.isEmpty ? nil : false
        case .undecided: nil
        }
    }

    @Test func `what was carried out one at a time has an order, however many clients there were`() {
        let seed = TestSeed.value(fixed: 1)
        var random = SplitMix64(seed: seed)
        for round in 0..<50 {
            let history = Self.history(100, &random)
            #expect(Self.hasOrderByCheck(history) == true, "seed \(seed), round \(round)")
        }
    }

    @Test func `the check finds an order exactly where trying all of them does`() {
        let seed = TestSeed.value(fixed: 2)
        var random = SplitMix64(seed: seed)
        var wrong = 0
        for round in 0..<2_000 {
            // Answers that can be right, so that what is wrong is a matter of order.
            let history = Self.history(6, &random).map { recorded in
                guard case .read = recorded.call, let answer = recorded.answer, random.below(2) == 0 else {
                    return recorded
                }
                return Recorded(
                    recorded.call, answered: (answer + 1) % 3, from: recorded.began, to: recorded.ended)
            }
            let expected = Self.hasOrder(history)
            if !expected { wrong += 1 }
            #expect(Self.hasOrderByCheck(history) == expected, "seed \(seed), round \(round): \(history)")
        }
        #expect((100...1_900).contains(wrong), "\(wrong) of 2,000 are wrong, which shows too little")
    }
}
