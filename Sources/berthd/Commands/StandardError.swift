import Foundation

/// Lines for the person at the terminal, apart from what scripts read on standard output.
enum StandardError {
    static func write(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
