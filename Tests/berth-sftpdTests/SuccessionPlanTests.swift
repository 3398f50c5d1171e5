import Glibc
import Testing

@testable import berth_sftpd

@Suite struct SuccessionPlanTests {
    private let file = ProgramFile.Identity(device: 1, inode: 2, size: 3, changedSeconds: 4, changedNanoseconds: 5)

    private func trial(_ reason: SuccessionPlan.Reason, at now: Int64) -> SuccessionPlan.Trial {
        SuccessionPlan.Trial(pid: 100, reason: reason, program: file, deadline: now + SuccessionPlan.trialTimeout)
    }

    @Test func theFirstFaultIsActedOnAtOnceAndTheNextAfterTheInterval() {
        var plan = SuccessionPlan()
        #expect(plan.nextTime == nil && plan.reasonForTrial(now: 0) == nil)
        plan.ask(.fault, now: 1_000)
        #expect(plan.nextTime == 1_000 && plan.reasonForTrial(now: 1_000) == .fault)

        plan = SuccessionPlan(tookOverAt: 2_000)
        plan.ask(.fault, now: 2_100)
        plan.ask(.fault, now: 2_200)
        #expect(plan.nextTime == 7_000 && plan.reasonForTrial(now: 6_999) == nil)
        #expect(plan.reasonForTrial(now: 7_000) == .fault)
    }

    @Test func anUpgradeDoesNotWait() {
        var plan = SuccessionPlan(tookOverAt: 2_000)
        plan.ask(.fault, now: 2_100)
        plan.ask(.upgrade, now: 2_200)
        #expect(plan.reasonForTrial(now: 2_200) == .upgrade)
        // A fault meanwhile does not put it off.
        plan.ask(.fault, now: 2_300)
        #expect(plan.reasonForTrial(now: 2_300) == .upgrade)
    }

    @Test func oneTrialRunsAtATimeAndOnlyOneThatPassedLeadsOn() {
        var plan = SuccessionPlan()
        plan.ask(.upgrade, now: 0)
        plan.begin(trial(.upgrade, at: 0))
        #expect(plan.nextTime == SuccessionPlan.trialTimeout)
        plan.ask(.upgrade, now: 10)
        #expect(plan.reasonForTrial(now: 10) == nil && plan.passed == nil)
        plan.trialEnded(passed: false, now: 20)
        #expect(plan.passed == nil && plan.reasonForTrial(now: 20) == .upgrade)
        plan.begin(trial(.upgrade, at: 20))
        plan.trialEnded(passed: true, now: 30)
        #expect(plan.passed?.program == file && plan.trial == nil)
        plan.tryAgain(now: 40)
        #expect(plan.passed == nil && plan.reasonForTrial(now: 40) == .upgrade)
    }

    @Test func aTrialWhoseTimeIsOverIsKilledOnceAndThenWaitedFor() {
        var plan = SuccessionPlan()
        plan.begin(trial(.upgrade, at: 0))
        let deadline = SuccessionPlan.trialTimeout
        #expect(plan.takeOverdue(now: deadline - 1) == nil && plan.nextTime == deadline)
        #expect(plan.takeOverdue(now: deadline)?.pid == 100)
        // Nothing is to be done before it has ended, however long the kernel takes.
        #expect(plan.takeOverdue(now: deadline + 1) == nil && plan.nextTime == nil)
        plan.trialEnded(passed: false, now: deadline + 5)
        plan.begin(trial(.upgrade, at: deadline))
        #expect(plan.nextTime == 2 * deadline)
    }

    @Test func aProgramThatWasRefusedIsNotTriedForFaultsBeforeTheInterval() {
        var plan = SuccessionPlan()
        plan.ask(.fault, now: 0)
        plan.begin(trial(.fault, at: 0))
        plan.ask(.fault, now: 10)
        plan.trialEnded(passed: false, now: 100)
        #expect(plan.nextTime == 5_100)
        plan = SuccessionPlan()
        plan.ask(.fault, now: 0)
        plan.begin(trial(.fault, at: 0))
        plan.trialEnded(passed: false, now: 100)
        #expect(plan.nextTime == nil)
        plan.ask(.fault, now: 200)
        #expect(plan.nextTime == 5_100)
    }

    @Test func oneLayoutIsExhaustedByManyFaultsUntilItIsAnotherOrThatFails() {
        var plan = SuccessionPlan(tookOverAt: 0)
        for _ in 1..<SuccessionPlan.faultsMax { plan.ask(.fault, now: 1) }
        #expect(!plan.isExhausted)
        plan.ask(.fault, now: 1)
        #expect(plan.isExhausted)
        plan.begin(trial(.fault, at: 5_000))
        #expect(plan.isExhausted)
        plan.trialEnded(passed: false, now: 5_100)
        #expect(!plan.isExhausted)
    }

    @Test func cancellingForgetsWhatWasPlannedAndNamesTheTrial() {
        var plan = SuccessionPlan()
        plan.ask(.upgrade, now: 0)
        plan.begin(trial(.upgrade, at: 0))
        plan.ask(.fault, now: 0)
        let cancelled = plan.cancel()
        #expect(cancelled?.pid == 100)
        #expect(plan.nextTime == nil && plan.trial == nil && plan.passed == nil)
    }
}

@Suite struct SessionFaultTests {
    @Test func faultsAreWhatAProcessDoesToItself() {
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS] {
            #expect(SessionFault.isFault(signal: signal) && !SessionFault.isWaste(signal: signal))
        }
        for signal in [0, SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGPIPE] {
            #expect(!SessionFault.isFault(signal: signal) && !SessionFault.isWaste(signal: signal))
        }
        #expect(!SessionFault.isFault(signal: SIGPROF) && SessionFault.isWaste(signal: SIGPROF))
    }
}

@Suite struct OrdersTests {
    private func orders(_ arguments: String...) -> Orders? { Orders(arguments[...]) }

    @Test func theCommandLineAsksForOneThing() {
        #expect(orders("--control-fd", "3") == .serve(.spawned(control: 3)))
        #expect(orders("--control-socket", "/run/s") == .serve(.standing(path: "/run/s")))
        #expect(orders("--table-fd", "9", "--control-fd", "3") == .takeOver(.spawned(control: 3), table: 9))
        #expect(orders("--table-fd", "9", "--control-socket", "s") == .takeOver(.standing(path: "s"), table: 9))
        #expect(orders("--try-table-fd", "9") == .tryTable(9))
        #expect(orders() == nil && orders("--help") == nil && orders("--control-fd") == nil)
        #expect(orders("--control-fd", "2") == nil && orders("--control-fd", "x") == nil)
        #expect(orders("--table-fd", "9") == nil && orders("--table-fd", "1", "--control-fd", "3") == nil)
        #expect(orders("--control-fd", "3", "--control-socket", "s") == nil)
        #expect(orders("--control-fd", "3", "--control-fd", "3") == nil)
        #expect(orders("--try-table-fd", "9", "--table-fd", "9") == nil && orders("--nonsense", "1") == nil)
    }
}
