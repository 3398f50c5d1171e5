import Foundation
import Testing

/// A client of the matrix. How it does each step is in its driver; what it can't do is said here, with the reason.
struct Client: Sendable, CustomTestStringConvertible {
    /// Its name in docs/clients.md.
    let name: String
    /// Its driver: a file of `Clients/`, with arguments that come before the step.
    let driver: [String]
    /// Where it comes from: the Debian or PyPI packages that scripts/test installs.
    let packages: String
    /// Steps that it has no way to do, each with its reason.
    var cannot: [Step: String] = [:]
    /// Odd names that it can't handle itself, with the reason.
    var namesLeftOut: [OddName: String] = [:]
    /// Why it can't take part when the server starts a key exchange; nil where it can.
    var refusesRekeying: String?
    /// Whether what it stores is in a format of its own, so that only what it gives back can be compared.
    var hasOwnFormat = false
    /// What it is asked to do; other versions of a client that does everything do less.
    var steps = Step.allCases
    /// Whether it has weak algorithms alone: it gets a server that offers them, and its user the right to log in with them.
    var isWeak = false

    var testDescription: String { name }

    /// The odd names that it is tried with.
    var names: [OddName] { OddName.allCases.filter { namesLeftOut[$0] == nil } }

    /// A word that can be part of a path.
    var identifier: String { driver.joined(separator: "-").replacingOccurrences(of: ".", with: "-") }
}
