/// How the program ends, by sysexits.h where that has a word for it.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    case failure = 1
    case usage = 64
    case invalidInput = 65
    case notFound = 66
    case unreachable = 69
    case defect = 70
    case output = 74
    case tryAgain = 75
    case uncertain = 76
    case notAllowed = 77
    case configuration = 78

    /// What it says to a script, for the manual.
    var meaning: String {
        switch self {
        case .success: "It is done."
        case .failure:
            "It was refused because of what exists (a limit, a conflict, a change meanwhile), or you said no."
        case .usage: "The arguments are wrong, or a question could not be asked: see --yes."
        case .invalidInput: "The service finds a value wrong; the message names each one."
        case .notFound: "There is nothing of that name."
        case .unreachable: "The service was not reached."
        case .defect: "The service failed for a reason of its own, or something else answered."
        case .output: "The result could not be written."
        case .tryAgain: "Not now: the service is starting or stopping, is asked too often, or did not answer in time."
        case .uncertain:
            "It may have been carried out, and no answer says how it ended: look before you try again."
        case .notAllowed: "There is no API key, it is not known, or it lacks the right."
        case .configuration: "It is not said where the service is, or the file of 'berth login' can't be used."
        }
    }
}
