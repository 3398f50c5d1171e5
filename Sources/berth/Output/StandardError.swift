import Glibc

/// Lines for the person at the terminal, apart from what scripts read on standard output.
enum StandardError {
    static func write(_ line: String) {
        // What can't be written is lost: there is no place left to say so.
        _ = DescriptorOutput.write(line + "\n", to: STDERR_FILENO)
    }

    /// A question: the answer comes on the same line.
    static func ask(_ question: String) {
        _ = DescriptorOutput.write(question, to: STDERR_FILENO)
    }
}
