import ArgumentParser
import BerthClient

/// Rights separated by commas: `users:read,users:write`.
struct RightsArgument: ExpressibleByArgument, Equatable {
    let rights: [AccessRight]

    /// All rights that can be given, for help and completion.
    static let all = AccessRight.known.map(\.rawValue)

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard words.allSatisfy(Self.all.contains) else { return nil }
        rights = words.map(AccessRight.init(rawValue:))
    }

    static var defaultCompletionKind: CompletionKind { .list(all) }
}
