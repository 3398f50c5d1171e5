/// Finds out whether a silent client is still there. Time comes in, what to do comes out.
struct KeepAlive {
    /// So often a client is asked in vain.
    static let questionsLimit = 3

    private let intervalMilliseconds: Int
    private var heardAt: MonotonicTime
    private var questions = 0

    /// What is due.
    enum Action {
        case none
        case ask
        /// It did not answer: unless its machine did, the client is gone.
        case giveUp
    }

    /// - Parameter seconds: of silence, before each question and behind the last one; 0 for no questions at all.
    init(seconds: Int, now: MonotonicTime) {
        intervalMilliseconds = max(0, seconds) * 1_000
        heardAt = now
    }

    /// A packet came, whatever it is.
    mutating func heard(at now: MonotonicTime) {
        heardAt = now
        questions = 0
    }

    /// When something is due next; nil for never.
    var deadline: MonotonicTime? {
        intervalMilliseconds == 0 ? nil : heardAt.adding(milliseconds: intervalMilliseconds * (questions + 1))
    }

    mutating func action(at now: MonotonicTime) -> Action {
        guard let deadline, now >= deadline else { return .none }
        guard questions < Self.questionsLimit else { return .giveUp }
        questions += 1
        return .ask
    }
}
