/// A rule that an input broke: the fuzzer stops at it and keeps the input, the replay of the corpus reports it.
public struct Finding: Error, CustomStringConvertible {
    /// What was expected and what was seen.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws a finding unless the rule holds.
func require(_ holds: Bool, _ rule: @autoclosure () -> String) throws {
    if !holds { throw Finding(rule()) }
}
