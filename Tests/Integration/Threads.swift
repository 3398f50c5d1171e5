import Foundation

/// Threads that wait for answers: more of them than there are processors.
enum Threads {
    /// Runs `body` in `count` threads at once, each with its number, and waits for all of them.
    static func atOnce(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let group = DispatchGroup()
        for number in 0..<count {
            group.enter()
            Thread.detachNewThread {
                body(number)
                group.leave()
            }
        }
        group.wait()
    }
}
