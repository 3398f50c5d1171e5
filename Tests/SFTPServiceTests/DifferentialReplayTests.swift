import Foundation
import SFTPProtocol
import SFTPService
import SFTPTestSupport
import SSHWire
import Testing

/// What real clients sent (`Recordings/`, see the README there), replayed to this server and to OpenSSH's: each answer must
/// be the same as far as a client can tell, and so must the files be at the end.
@Suite(.enabled(if: OpenSSHPeer.isInstalled)) struct DifferentialReplayTests {
    /// The home of the recordings: their absolute paths start with it.
    private static let recordedHome = "/home/partner".bytes

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Recordings")

    private static let recordings: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".client") }.sorted()
    }()

    @Test func thereAreRecordings() {
        #expect(Self.recordings.count >= 25)
    }

    @Test(arguments: recordings) func theAnswersAreThoseOfOpenSSH(_ name: String) throws {
        var rest = [UInt8](try Data(contentsOf: Self.directory.appendingPathComponent(name)))[...]
        let ours = try Session(initialized: false) { $0.durability = .never }
        let twin = ScratchDirectory()
        twin.directory("home")
        fill(ours.scratch)
        fill(twin)
        let theirs = try OpenSSHPeer(directory: twin.host("home"), initialized: false)
        var handles: [[UInt8]: [UInt8]] = [:]
        var count = 0
        while let request = RecordedRequest.first(in: &rest) {
            count += 1
            let one = try ours.send(request.packet(home: Self.recordedHome, becomes: [], handles: handles))
            let twinHome = twin.host("home").bytes
            let other = try theirs.send(request.packet(home: Self.recordedHome, becomes: twinHome, handles: [:]))
            if one.type == .handle, other.type == .handle, let mine = one.string, let yours = other.string {
                // OpenSSH numbers its handles in the order of the requests: those in the recording are its own again.
                handles[yours] = mine
                continue
            }
            #expect(
                Comparison.text(one, request, home: []) == Comparison.text(other, request, home: twinHome),
                "request \(count), \(request)")
        }
        #expect(rest.isEmpty, "the recording ends within a packet")
        #expect(count >= 2)
        #expect(try Comparison.tree(ours.scratch) == Comparison.tree(twin))
    }

    private func fill(_ scratch: ScratchDirectory) {
        for name in ["home/out", "home/out/sub"] { scratch.directory(name) }
        scratch.file("home/out/a.edi", String(repeating: "a", count: 40_000))
        scratch.file("home/out/b.edi", "b")
        scratch.file("home/out/sub/c.edi", "c\n")
        for name in ["a.edi", "b.edi", "sub/c.edi"] {
            var times = [timeval](repeating: timeval(tv_sec: 1_714_979_289, tv_usec: 0), count: 2)
            utimes(scratch.host("home/out/" + name), &times)
        }
    }
}
