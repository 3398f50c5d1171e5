import Glibc

/// When the listener has its program executed anew in its own process: first that program is tried in a child, then it takes
/// over. Pure; times are of the monotonic clock in milliseconds.
struct SuccessionPlan {
    /// Why.
    enum Reason: String {
        case upgrade = "SIGHUP"
        case fault = "a session died by a fault"
    }

    /// A child that executes the program to see whether it could take over.
    struct Trial: Equatable {
        let pid: pid_t
        let reason: Reason
        let program: ProgramFile.Identity
        /// When it is given up.
        let deadline: Int64
    }

    /// Milliseconds between two that faults are the reason of: who can make sessions die can't make the listener do nothing
    /// but execute itself.
    static let faultInterval: Int64 = 5_000
    /// Faults under one address layout after which no connections are accepted until it is another: it would take about
    /// a thousand to learn a stack canary byte by byte.
    static let faultsMax = 16
    /// Milliseconds that a trial may take.
    static let trialTimeout: Int64 = 30_000

    /// The trial that runs.
    private(set) var trial: Trial?
    /// Whether its time is over: it was killed, and its end is all that is waited for.
    private var isTrialOverdue = false
    /// The trial that the program passed: now it is to take over.
    private(set) var passed: Trial?
    private(set) var dueAt: Int64?
    private var reason = Reason.upgrade
    /// When the program was executed or refused last.
    private var lastAt: Int64?
    private var faults = 0

    /// A plan of a program that was started, or that took over now.
    init(tookOverAt now: Int64? = nil) {
        lastAt = now
    }

    /// When there is something to do next.
    var nextTime: Int64? { isTrialOverdue ? nil : trial?.deadline ?? dueAt }

    /// Whether so many sessions died under this layout that no others should be forked from it for now.
    var isExhausted: Bool { faults >= Self.faultsMax }

    /// Wants the program executed anew: for an upgrade at once, after a fault not too soon after the last time.
    mutating func ask(_ reason: Reason, now: Int64) {
        switch reason {
        case .upgrade:
            dueAt = now
            self.reason = .upgrade
        case .fault:
            faults += 1
            guard dueAt == nil else { return }
            dueAt = lastAt.map { max(now, $0 + Self.faultInterval) } ?? now
            self.reason = .fault
        }
    }

    /// Why a trial is due now; nil when none is.
    func reasonForTrial(now: Int64) -> Reason? {
        guard let dueAt, now >= dueAt, trial == nil else { return nil }
        return reason
    }

    /// A trial has begun.
    mutating func begin(_ trial: Trial) {
        self.trial = trial
        dueAt = nil
    }

    /// The trial whose time is over, once.
    mutating func takeOverdue(now: Int64) -> Trial? {
        guard let trial, !isTrialOverdue, now >= trial.deadline else { return nil }
        isTrialOverdue = true
        return trial
    }

    /// The trial has ended.
    mutating func trialEnded(passed hasPassed: Bool, now: Int64) {
        passed = hasPassed ? trial : nil
        trial = nil
        isTrialOverdue = false
        if !hasPassed { refused(now: now) }
    }

    /// The program can't be tried, or does not take over. The next time is as far away as after a success.
    mutating func refused(now: Int64) {
        passed = nil
        lastAt = now
        faults = 0
        if reason == .fault, let dueAt { self.dueAt = max(dueAt, now + Self.faultInterval) }
    }

    /// The file is another one than the one that was tried: it is tried, too.
    mutating func tryAgain(now: Int64) {
        guard let passed else { return }
        self.passed = nil
        dueAt = now
        reason = passed.reason
    }

    /// Nothing is planned any more; the trial that ran.
    mutating func cancel() -> Trial? {
        defer { self = SuccessionPlan(tookOverAt: lastAt) }
        return trial
    }
}
