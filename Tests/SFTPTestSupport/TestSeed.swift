import Glibc

/// Where the chance in a test comes from.
public enum TestSeed {
    /// `BERTH_TEST_SEED`, or a fresh one when that says `random`; `fixed` where nothing is said, so that a run repeats.
    public static func value(fixed: UInt64) -> UInt64 {
        guard let text = getenv("BERTH_TEST_SEED").map({ String(cString: $0) }) else { return fixed }
        return text == "random" ? .random(in: 0..<1 << 32) : UInt64(text) ?? fixed
    }

    /// The number in an environment variable, which makes a test longer or shorter.
    public static func number(_ variable: String, default number: Int) -> Int {
        getenv(variable).flatMap { Int(String(cString: $0)) } ?? number
    }
}
