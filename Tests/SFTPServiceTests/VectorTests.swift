import Foundation
import SFTPProtocol
import SFTPTestSupport
import Testing

@testable import SFTPService

/// The hostile packets in `Vectors/`, each a file that any SFTP server can be tried with.
///
/// Lines: `expect:` the status (SSH_FX_…), the type of the reply (SSH_FXP_…), `END` where the session must end, or `WAIT`
/// where more bytes must be awaited; `openssh:` what OpenSSH's sftp-server does where that is something else (`NONE`: it
/// gives no answer and goes on; ` or ` between what depends on its version or user); `why:` in one sentence; `bytes:` in hexadecimal, spaces ignored, more lines allowed.
/// They follow an INIT unless `init: no` stands before them. The home holds a file `a`, a directory `d` and links `up`
/// (to `..`) and `loop` (to itself).
@Suite struct VectorTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        var name = "", expect = "", openSSH = "", why = ""
        var hasInit = true
        var bytes: [UInt8] = []
        var testDescription: String { name }
    }

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors")

    static let vectors: [Vector] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".vector") }.sorted().map(read)
    }()

    private static func read(_ name: String) -> Vector {
        var vector = Vector(name: name)
        let text = (try? String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch line[..<colon] {
            case "expect": vector.expect = value
            case "openssh": vector.openSSH = value
            case "why": vector.why = value
            case "init": vector.hasInit = value != "no"
            case "bytes":
                let digits = value.filter { !$0.isWhitespace }
                var rest = digits[...]
                while rest.count >= 2 {
                    vector.bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
                    rest = rest.dropFirst(2)
                }
            default: Issue.record("\(name): \(line)")
            }
        }
        return vector
    }

    private static let statuses: [String: StatusCode] = [
        "SSH_FX_OK": .ok, "SSH_FX_EOF": .endOfFile, "SSH_FX_NO_SUCH_FILE": .noSuchFile,
        "SSH_FX_PERMISSION_DENIED": .permissionDenied, "SSH_FX_FAILURE": .failure, "SSH_FX_BAD_MESSAGE": .badMessage,
        "SSH_FX_OP_UNSUPPORTED": .unsupported,
    ]
    private static let types: [String: PacketType] = [
        "SSH_FXP_VERSION": .version, "SSH_FXP_HANDLE": .handle, "SSH_FXP_ATTRS": .attrs, "SSH_FXP_NAME": .name,
        "SSH_FXP_EXTENDED_REPLY": .extendedReply,
    ]

    @Test func thereAreVectors() {
        #expect(Self.vectors.count >= 30)
    }

    @Test(arguments: vectors) func isAnsweredAsExpected(_ vector: Vector) throws {
        #expect(!vector.why.isEmpty && !vector.bytes.isEmpty)
        let session = try Session(initialized: vector.hasInit)
        fill(session.scratch)
        let (replies, result) = session.exchange(vector.bytes)
        switch vector.expect {
        case "END":
            guard case .ended = result else {
                Issue.record("\(vector.why): \(replies)")
                return
            }
        case "WAIT": #expect(replies.isEmpty && result == .needsInput, "\(vector.why)")
        default:
            let last = try #require(replies.last, "\(vector.why)")
            if let status = Self.statuses[vector.expect] {
                #expect(last.status == status, "\(vector.why): \(last)")
            } else {
                #expect(last.type == Self.types[vector.expect], "\(vector.why): \(last)")
            }
            // Whatever it was, the stream goes on behind it.
            #expect(try session.send(Packet.paths(.stat, "/a".bytes)).attributes?.size == 7)
        }
    }

    private func fill(_ scratch: ScratchDirectory) {
        scratch.file("home/a", "content")
        scratch.directory("home/d")
        scratch.link("home/up", to: "..")
        scratch.link("home/loop", to: "loop")
    }

    /// Two servers that disagree are each written down, so that neither changes unseen.
    @Test(.enabled(if: OpenSSHPeer.isInstalled), arguments: vectors)
    func openSSHAnswersAsWrittenDown(_ vector: Vector) throws {
        let scratch = ScratchDirectory()
        scratch.directory("home")
        fill(scratch)
        let peer = try OpenSSHPeer(directory: scratch.host("home"), initialized: vector.hasInit)
        let expected = (vector.openSSH.isEmpty ? vector.expect : vector.openSSH).components(separatedBy: " or ")
        peer.write(vector.bytes)
        guard expected != ["WAIT"] else {
            #expect(peer.finish(), "\(vector.why)")
            return
        }
        let outcome = outcome(peer)
        #expect(expected.contains(outcome), "\(vector.why): \(outcome)")
        #expect(vector.openSSH != vector.expect, "the line openssh: is for differences")
    }

    /// What the server said last before it answered a STAT with an id of its own.
    private func outcome(_ peer: OpenSSHPeer) -> String {
        let last: UInt32 = 0x6c61_7374
        var outcome = "NONE"
        for _ in 0..<20 {
            peer.write(Packet.paths(.stat, "a".bytes, id: last))
            // OpenSSH looks at a packet that follows one without an answer only when further bytes come.
            while let reply = peer.next(within: 500) {
                if reply.id == last { return outcome }
                let names = reply.status.map { status in Self.statuses.filter { $0.value == status }.map(\.key) }
                outcome = (names ?? Self.types.filter { $0.value == reply.type }.map(\.key)).first ?? "\(reply)"
            }
            if peer.hasEnded { return "END" }
        }
        return "no answer"
    }
}
