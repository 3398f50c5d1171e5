import FoundationEssentials
import Testing

@testable import BerthClient

@Suite struct RetryMachineTests {
    private static func answer(_ status: Int, _ headers: [String: String] = [:]) -> AttemptOutcome {
        .answered(WireResponse(status: status, headers: headers, body: Data()))
    }

    private static let own503 = answer(503, ["x-amzn-errortype": "ServiceUnavailableException"])

    /// Outcomes, and whether another attempt follows: for operations that may be carried out twice, and for CreateUser.
    private static let rules: [(outcome: AttemptOutcome, idempotent: Bool, once: Bool)] = [
        (.notSent(reason: "refused", isLasting: false), true, true),
        (.notSent(reason: "certificate", isLasting: true), false, false),
        (.lost(reason: "closed"), true, false),
        (.timedOut(mayHaveBeenSent: true), true, false),
        (.timedOut(mayHaveBeenSent: false), true, true),
        (.cancelled(mayHaveBeenSent: false), false, false),
        (.destroyed, false, false),
        (answer(429), true, true),
        (own503, true, true),
        (answer(503), true, false),
        (answer(500), true, false),
        (answer(502), true, false),
        (answer(504), true, false),
        (answer(504, ["x-amzn-errortype": "SftpProvisioningTimeout"]), true, false),
        (answer(200), false, false),
        (answer(201), false, false),
        (answer(301), false, false),
        (answer(400), false, false),
        (answer(401), false, false),
        (answer(403), false, false),
        (answer(404), false, false),
        (answer(409), false, false),
        (answer(412), false, false),
        (answer(413), false, false),
        (answer(501), false, false),
    ]

    @Test(arguments: rules.indices)
    func `only what is safe is tried again`(index: Int) {
        let rule = Self.rules[index]
        for (isIdempotent, expected) in [(true, rule.idempotent), (false, rule.once)] {
            var machine = RetryMachine(policy: RetryPolicy(), isIdempotent: isIdempotent)
            var chance = SystemRandomNumberGenerator()
            let action = machine.receive(rule.outcome, remaining: .seconds(60), using: &chance)
            #expect((action != .end) == expected, "\(rule.outcome), idempotent: \(isIdempotent)")
        }
    }

    /// Answers, and whether the request may have been carried out all the same.
    private static let doubts: [(outcome: AttemptOutcome, isInDoubt: Bool)] = [
        (answer(500), true), (answer(500, ["x-amzn-errortype": "UnmappedException"]), true), (answer(502), true),
        (answer(503), true), (answer(503, ["x-amzn-errortype": "UnmappedException"]), true), (own503, false),
        (answer(504), true), (answer(504, ["x-amzn-errortype": "SftpProvisioningTimeout"]), false),
        (answer(504, ["x-amzn-errortype": "BucketProvisioningTimeout"]), false), (answer(519), false),
        (answer(520), true), (answer(524), true), (answer(529), true), (answer(530), false), (answer(597), false),
        (answer(598), true), (answer(599), true), (answer(501), false), (answer(505), false), (answer(507), false),
        (answer(511), false), (answer(200), false), (answer(307), false), (answer(400), false), (answer(404), false),
        (answer(429), false), (.lost(reason: ""), true), (.notSent(reason: "", isLasting: false), false),
        (.timedOut(mayHaveBeenSent: true), true), (.timedOut(mayHaveBeenSent: false), false),
        (.cancelled(mayHaveBeenSent: true), true), (.cancelled(mayHaveBeenSent: false), false),
    ]

    @Test(arguments: doubts.indices)
    func `an answer leaves no doubt when whoever gave it knows what became of the request`(index: Int) {
        let rule = Self.doubts[index]
        var machine = RetryMachine(policy: .never, isIdempotent: false)
        var chance = SystemRandomNumberGenerator()
        _ = machine.receive(rule.outcome, remaining: .seconds(60), using: &chance)
        #expect(machine.mayHaveBeenCarriedOut == rule.isInDoubt, "\(rule.outcome)")
    }

    @Test func `the attempts end at their number`() {
        var machine = RetryMachine(policy: RetryPolicy(maximumAttempts: 4), isIdempotent: true)
        var chance = SystemRandomNumberGenerator()
        var retries = 0
        while machine.receive(.lost(reason: ""), remaining: .seconds(60), using: &chance) != .end { retries += 1 }
        #expect(retries == 3 && machine.attempts == 4)
        var never = RetryMachine(policy: .never, isIdempotent: true)
        #expect(never.receive(.lost(reason: ""), remaining: .seconds(60), using: &chance) == .end)
    }

    @Test func `no attempt begins when the time is over`() {
        var machine = RetryMachine(
            policy: RetryPolicy(maximumAttempts: 9, baseDelay: .seconds(1)), isIdempotent: true)
        var chance = Largest()
        #expect(machine.receive(.lost(reason: ""), remaining: .milliseconds(900), using: &chance) == .end)
        var another = RetryMachine(policy: RetryPolicy(baseDelay: .seconds(1)), isIdempotent: true)
        #expect(another.receive(.lost(reason: ""), remaining: .milliseconds(1_100), using: &chance) != .end)
    }

    @Test func `the pause doubles to its bound, and any shorter one may be drawn`() {
        let policy = RetryPolicy(maximumAttempts: 99, baseDelay: .milliseconds(100), maximumDelay: .milliseconds(500))
        var largest = Largest()
        let longest = (1...5).map { policy.delay(after: $0, using: &largest) }
        #expect(
            longest == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(500), .milliseconds(500),
            ])
        var smallest = Smallest()
        #expect(policy.delay(after: 3, using: &smallest) == .zero)
        // Beyond what a shift can hold.
        #expect(policy.delay(after: .max, using: &largest) == .milliseconds(500))
        var random = SystemRandomNumberGenerator()
        let drawn = (0..<200).map { _ in policy.delay(after: 2, using: &random) }
        #expect(drawn.allSatisfy { $0 >= .zero && $0 <= .milliseconds(200) })
        #expect(drawn.contains { $0 < .milliseconds(100) } && drawn.contains { $0 > .milliseconds(100) })
    }

    @Test(arguments: [("7", 7), ("0", 0), ("86400", 86_400)])
    func `Retry-After is waited for, and the jitter comes on top`(text: String, seconds: Int) {
        var machine = RetryMachine(policy: RetryPolicy(baseDelay: .milliseconds(100)), isIdempotent: false)
        var chance = Largest()
        let action = machine.receive(
            Self.answer(429, ["retry-after": text]), remaining: .seconds(100_000), using: &chance)
        #expect(action == .retry(after: .seconds(seconds) + .milliseconds(100)))
    }

    @Test(arguments: ["", "-1", "soon", "1.5", "86401", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"])
    func `a Retry-After that is no number of seconds within a day is not waited for`(text: String) {
        var machine = RetryMachine(policy: RetryPolicy(baseDelay: .milliseconds(100)), isIdempotent: false)
        var chance = Largest()
        let action = machine.receive(
            Self.answer(429, ["retry-after": text]), remaining: .seconds(100_000), using: &chance)
        #expect(action == .retry(after: .milliseconds(100)))
    }

    @Test func `it is remembered that an earlier attempt may have been carried out`() {
        var machine = RetryMachine(policy: RetryPolicy(), isIdempotent: true)
        var chance = SystemRandomNumberGenerator()
        _ = machine.receive(.notSent(reason: "", isLasting: false), remaining: .seconds(60), using: &chance)
        #expect(!machine.mayHaveBeenCarriedOut)
        _ = machine.receive(.lost(reason: ""), remaining: .seconds(60), using: &chance)
        _ = machine.receive(.notSent(reason: "", isLasting: false), remaining: .seconds(60), using: &chance)
        #expect(machine.mayHaveBeenCarriedOut)
    }

    /// Chance that always draws the largest value.
    private struct Largest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    /// Chance that always draws the smallest value. (A draw from a range throws some numbers away, 0 among them.)
    private struct Smallest: RandomNumberGenerator {
        mutating func next() -> UInt64 { 1 }
    }
}
