import CAttack
import Foundation
import Glibc
import Synchronization

/// A home in which directories and files are swapped for links out of it, without end, by processes of the host.
final class RaceGround: Sendable {
    /// The names that are swapped, each with its path of attack.
    static let paths = [
        "/absolute/file", "/absolute/empty/../file", "/relative/file", "/relative/empty/../file", "/moving/e/../file",
        "/moving/e/x/../../file", "/plain", "/special",
    ]

    let home: String, outside: String
    private let isOver = Atomic(false)
    private let swapped = Atomic(0)

    /// How often something was swapped.
    var swaps: Int { swapped.load(ordering: .relaxed) }

    /// Makes the tree at `home`; `outside` is the canary's directory, `elsewhere` one for what is moved out and in.
    init(home: String, outside: String, elsewhere: String) throws {
        self.home = home
        self.outside = outside
        for name in ["in", "absolute/empty", "relative/empty", "session/empty", "moving/e/x"] {
            try FileManager.default.createDirectory(atPath: "\(home)/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.createDirectory(atPath: "\(elsewhere)/e/x", withIntermediateDirectories: true)
        for name in ["in/file", "in/spare", "absolute/file", "relative/file", "session/file", "moving/file", "plain"] {
            try Data("inside".utf8).write(to: URL(fileURLWithPath: "\(home)/\(name)"))
        }
        let relative = String(repeating: "../", count: 12) + outside.dropFirst()
        symlink(outside, "\(home)/absolute-link")
        symlink(relative, "\(home)/relative-link")
        symlink(relative, "\(home)/session-link")
        swap("absolute", "\(home)/absolute-link", "\(home)/absolute") {}
        swap("relative", "\(home)/relative-link", "\(home)/relative") {}
        swap("moving", "\(elsewhere)/e", "\(home)/moving/e") {}
        swap("plain", "\(home)/plain-link", "\(home)/plain") { [self] in
            // Requests remove and rename what they find under the name.
            symlink("\(self.outside)/file", "\(self.home)/plain-link")
            close(open("\(self.home)/plain", O_WRONLY | O_CREAT | O_NOFOLLOW, 0o666))
        }
        swap("special", "\(home)/special-fifo", "\(home)/special") { [self] in
            mkfifo("\(self.home)/special-fifo", 0o666)
            close(open("\(self.home)/special", O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o666))
        }
    }

    private func swap(_ name: String, _ one: String, _ other: String, mend: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .relaxed) {
                if cattack_exchange(one, other) == 0 { swapped.add(1, ordering: .relaxed) } else { mend() }
                usleep(10)
            }
        }
    }

    /// The swapping ends.
    func end() { isOver.store(true, ordering: .relaxed) }
}
