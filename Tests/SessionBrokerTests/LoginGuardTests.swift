import Foundation
import Registry
import SessionControl
import Testing

@testable import SessionBroker

@Suite struct LoginGuardTests {
    private let key = NameDigest.Key()

    private func attempt(_ source: UInt64, _ name: String) -> LoginGuard.Attempt {
        LoginGuard.Attempt(
            source: AddressSource(isIPv4: true, bits: source), name: NameDigest([UInt8](name.utf8), under: key))
    }

    private func delay(
        _ login: LoginGuard, _ attempt: LoginGuard.Attempt, now: Int64 = 0, isKnown: Bool = false
    ) -> Int64 {
        login.delay(of: attempt, now: now) { isKnown }
    }

    @Test func oneTypoCostsNothingThenTheTimeDoublesUpToFiveSeconds() {
        var login = LoginGuard(blockAfterFailures: 0)
        let own = attempt(1, "A")
        var delays: [Int64] = []
        for _ in 0..<10 {
            delays.append(delay(login, own))
            #expect(login.failed(own, now: 0) == nil)
        }
        #expect(delays == [0, 0, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000])
        #expect(delay(login, own, now: 2 * LoginGuard.halfLife) < 500)
        #expect(delay(login, own, now: 4 * LoginGuard.halfLife) == 0)
        #expect(delay(login, attempt(2, "B")) == 0)
    }

    @Test(arguments: [true, false])
    func theTenthFailureOfASourceBlocksItWhicheverNamesItTried(isOneName: Bool) {
        var login = LoginGuard(blockAfterFailures: 10)
        for number in 1..<10 {
            #expect(login.failed(attempt(1, isOneName ? "A" : "\(number)"), now: Int64(number) * 5_000) == nil)
            #expect(login.failed(attempt(UInt64(100 + number), "A"), now: Int64(number) * 5_000) == nil)
        }
        #expect(login.failed(attempt(1, "A"), now: 50_000) == 10)
        // After the block it has about half of its attempts.
        var more = 1
        while login.failed(attempt(1, "A"), now: 110_000) == nil, more < 20 { more += 1 }
        #expect(more == 6)
    }

    @Test func failuresFarApartBlockNobody() {
        var login = LoginGuard(blockAfterFailures: 10)
        for number in 0..<1_000 { #expect(login.failed(attempt(1, "A"), now: Int64(number) * 300_000) == nil) }
    }

    @Test func aSuccessTakesBackWhatFailedForThisName() {
        var login = LoginGuard(blockAfterFailures: 10)
        for _ in 0..<9 { _ = login.failed(attempt(1, "A"), now: 0) }
        login.succeeded(attempt(1, "A"), now: 1_000)
        #expect(delay(login, attempt(1, "A"), now: 1_000) == 0)
        for _ in 0..<9 { #expect(login.failed(attempt(1, "A"), now: 1_000) == nil) }
    }

    @Test func anAccountOfOnesOwnGivesNoGuessesForOthers() {
        var login = LoginGuard(blockAfterFailures: 10)
        var guesses = 0
        var isBlocked = false
        while !isBlocked, guesses < 1_000 {
            guesses += 1
            isBlocked = login.failed(attempt(1, "VICTIM"), now: Int64(guesses)) != nil
            // The own password in between, mistyped and right.
            if !isBlocked { isBlocked = login.failed(attempt(1, "OWN"), now: Int64(guesses)) != nil }
            login.succeeded(attempt(1, "OWN"), now: Int64(guesses))
        }
        #expect(isBlocked && guesses <= 10)
    }

    @Test func guessesOfANameFromManySourcesSlowDownStrangersAndNobodyElse() {
        var login = LoginGuard(blockAfterFailures: 10)
        for source in 0..<1_000 { #expect(login.failed(attempt(UInt64(source), "VICTIM"), now: 0) == nil) }
        #expect(delay(login, attempt(5_000, "VICTIM")) == LoginGuard.longestDelay)
        #expect(delay(login, attempt(5_000, "VICTIM"), isKnown: true) == 0)
        #expect(delay(login, attempt(5_000, "OTHER")) == 0)
        // The own failures of a known source count all the same.
        for _ in 0..<3 { _ = login.failed(attempt(5_000, "VICTIM"), now: 0) }
        #expect(delay(login, attempt(5_000, "VICTIM"), isKnown: true) == 500)
    }

    @Test func whoIsKnownIsAskedOnlyWhereItMatters() {
        var login = LoginGuard(blockAfterFailures: 10)
        for _ in 0..<4 { _ = login.failed(attempt(1, "A"), now: 0) }
        var questions = 0
        func isKnown() -> Bool {
            questions += 1
            return false
        }
        _ = login.delay(of: attempt(2, "A"), now: 0, isKnown: isKnown)
        #expect(questions == 0)
        _ = login.failed(attempt(3, "A"), now: 0)
        #expect(login.delay(of: attempt(2, "A"), now: 0, isKnown: isKnown) == 250 && questions == 1)
    }

    /// Guesses that one source has in a day when it waits for so long between two.
    private func guessesInADay(everyMilliseconds interval: Int64) -> Int {
        var login = LoginGuard(blockAfterFailures: 10)
        var book = BlockBook()
        var now: Int64 = 0
        var guesses = 0
        let guesser = attempt(1, "VICTIM")
        func date() -> Date { Date(timeIntervalSince1970: 1_800_000_000 + Double(now) / 1_000) }
        while now < 86_400_000 {
            guesses += 1
            now += login.delay(of: guesser, now: now) { false }
            if let failures = login.failed(guesser, now: now) {
                let block = book.begin(guesser.source, failures: failures, firstSeconds: 60, now: date()).block
                now += Int64(block.endsAt.timeIntervalSince(date()) * 1_000)
            }
            now += interval
        }
        return guesses
    }

    @Test func aDayFromOneSourceIsGoodForAThousandGuessesAtMost() {
        #expect((60...150).contains(guessesInADay(everyMilliseconds: 1)), "\(guessesInADay(everyMilliseconds: 1))")
        let most = stride(from: Int64(1_000), through: 200_000, by: 1_000).map(guessesInADay).max() ?? 0
        #expect((500...1_100).contains(most), "\(most)")
    }

    @Test func moreSourcesThanTheTablesHoldForgetTheLeastOfThem() {
        var login = LoginGuard(blockAfterFailures: 10, capacity: 100)
        for _ in 0..<9 { _ = login.failed(attempt(1, "A"), now: 0) }
        for source in 10..<10_000 { _ = login.failed(attempt(UInt64(source), "\(source)"), now: 1) }
        #expect(login.failed(attempt(1, "A"), now: 2) == 10)
    }

    @Test func namesAreKeptUnderAKeyOfEachBroker() {
        let name = [UInt8]("Hunter2".utf8)
        #expect(NameDigest(name, under: key) == NameDigest(name, under: key))
        #expect(NameDigest(name, under: key) != NameDigest(name, under: NameDigest.Key()))
        #expect(!"\(NameDigest(name, under: key))".contains("Hunter2"))
    }
}
