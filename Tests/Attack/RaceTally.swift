import Foundation
import SFTPProtocol
import SFTPTestSupport
import SSHWire

/// What was answered to each request on paths that somebody swaps meanwhile.
struct RaceTally: Sendable {
    /// How often a request found nothing there, and how often something.
    struct Answers: Sendable {
        var nothing = 0, something = 0
    }

    private(set) var answers: [String: Answers] = [:]
    /// Answers that show anything of the canary, or a handle of what may not be opened.
    private(set) var leaks: [String] = []

    /// Requests in all.
    var count: Int { answers.values.reduce(0) { $0 + $1.nothing + $1.something } }

    /// Sends every request on `path`, and reads, lists and closes what they open.
    ///
    /// - Parameter copy: a handle for writing that what is opened is copied to.
    mutating func attack(
        _ path: String, _ id: Int, copy: [UInt8], _ send: ([[UInt8]]) throws -> [ParsedReply]
    ) throws {
        try make(RequestOnPath.looking(path) + RequestOnPath.changing(path, id), path, copy: copy, send)
    }

    /// The same with those requests alone that change nothing.
    mutating func look(_ path: String, copy: [UInt8], _ send: ([[UInt8]]) throws -> [ParsedReply]) throws {
        try make(RequestOnPath.looking(path), path, copy: copy, send)
    }

    private mutating func make(
        _ requests: [RequestOnPath], _ path: String, copy: [UInt8], _ send: ([[UInt8]]) throws -> [ParsedReply]
    ) throws {
        var further: [(name: String, packet: [UInt8])] = []
        for (request, reply) in zip(requests, try send(requests.map(\.packet))) {
            note(request.name, path, reply)
            guard let handle = reply.string else { continue }
            if request.name == "OPENDIR" {
                further.append(("READDIR", Packet.handle(.readdir, handle)))
            } else {
                further += [
                    ("FSTAT", Packet.handle(.fstat, handle)), ("READ", Packet.read(handle, at: 0, 8_192)),
                    (
                        "copy-data",
                        Packet.extended("copy-data") {
                            $0.append(string: handle)
                            $0.append(0 as UInt64)
                            $0.append(64 as UInt64)
                            $0.append(string: copy)
                            $0.append(0 as UInt64)
                        }
                    ), ("WRITE", Packet.write(handle, at: 0, "x".bytes)),
                ]
            }
            further.append(("CLOSE", Packet.handle(.close, handle)))
        }
        for (request, reply) in zip(further, try send(further.map(\.packet))) { note(request.name, path, reply) }
    }

    private mutating func note(_ request: String, _ path: String, _ reply: ParsedReply) {
        if reply.status == .noSuchFile {
            answers[request, default: Answers()].nothing += 1
        } else {
            answers[request, default: Answers()].something += 1
        }
        let kind = (reply.attributes?.permissions ?? 0) & S_IFMT
        if reply.body.firstRange(of: "CANARY".utf8) != nil || reply.body.firstRange(of: "canary-".utf8) != nil
            || reply.attributes?.size == UInt64(Canary.content.utf8.count) || (request == "FSTAT" && kind == S_IFIFO)
        {
            if leaks.count < 20 { leaks.append("\(request) of \(path): \(reply)") }
        }
    }

    /// Both together.
    mutating func add(_ other: RaceTally) {
        leaks += other.leaks
        for (name, more) in other.answers {
            answers[name, default: Answers()].nothing += more.nothing
            answers[name, default: Answers()].something += more.something
        }
    }
}
