import CLinux
import Foundation
import Glibc
import SessionControl

@testable import berth_sftpd

/// What stands between an attacker and the rest of the host in one column of the matrix.
enum Defence: String, CaseIterable {
    /// No layer at all: each attack must succeed here, or it shows nothing.
    case none
    case openat2, chroot, landlock, seccomp
    case all

    /// The layers of a session that has this defence alone; nil where not even its other steps are taken.
    var layers: [SandboxLayer]? {
        switch self {
        case .none: nil
        case .openat2: [.openat2]
        case .chroot: [.chroot]
        case .landlock: [.landlock]
        case .seccomp: [.seccomp]
        case .all: SandboxLayer.allCases
        }
    }
}

/// A host to attack: a home `buckets/a`, its neighbour `buckets/b` with a secret, and children that are confined to the home.
final class Ground {
    /// What an attacker is after.
    static let secret = "the neighbour's secret"

    let path: String
    let emptyRoot: CInt
    let buckets: CInt
    /// The neighbour's home, open: no session has such a descriptor.
    let neighbour: CInt

    init() throws {
        var template = Array("/tmp/berth-ground-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EACCES) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for name in ["buckets/a/x", "buckets/b"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }
        try Data(Self.secret.utf8).write(to: URL(fileURLWithPath: "\(path)/buckets/b/secret"))
        try Data("the host's".utf8).write(to: URL(fileURLWithPath: "\(path)/host"))
        try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(path)/buckets/a/mine"))
        func directory(_ name: String, in path: String) -> CInt {
            open("\(path)/\(name)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        emptyRoot = clinux_detached_directory()
        buckets = directory("buckets", in: path)
        neighbour = directory("buckets/b", in: path)
    }

    deinit {
        for descriptor in [emptyRoot, buckets, neighbour] { close(descriptor) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The neighbour's file by its path on the host.
    var secretPath: String { "\(path)/buckets/b/secret" }

    /// How a child ends.
    enum End: Equatable {
        /// Its attack succeeded, or was refused.
        case succeeded, refused
        /// The kernel ended it.
        case killed(CInt)
        /// It could not be confined, or not prepared.
        case notConfined

        /// Whether the attacker got what it wanted.
        var isSuccess: Bool { self == .succeeded }
    }

    /// Forks a child, confines it to the home and lets it attack, with the home's descriptor; its working directory is the
    /// home.
    ///
    /// - Parameters:
    ///   - layers: nil for no confinement.
    ///   - narrows: whether the session narrows itself once it was let in, as one does that was not taken over before.
    ///   - prepare: run by the child before; false when that failed.
    ///   - meanwhile: run by the child while it waits to be let in.
    func child(
        _ layers: [SandboxLayer]?, narrows: Bool = true, prepare: () -> Bool = { true },
        meanwhile: () -> Void = {}, _ attack: (CInt) -> Bool
    ) -> End {
        end(of: fork()) {
            guard prepare() else { return nil }
            // In a mount namespace of the child's own another directory than the one from before.
            var home = open("\(path)/buckets/a", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if let layers {
                let sandbox = Sandbox(layers: layers, emptyRoot: emptyRoot, buckets: buckets)
                do throws(SandboxError) {
                    home = try sandbox.admit(to: home, meanwhile: meanwhile)
                    if narrows { try sandbox.enterHome(home) }
                } catch {
                    Log()(.error, "not confined", ["step": error.step, "error": describe(error.errno)])
                    return nil
                }
            } else {
                guard fchdir(home) == 0 else { return nil }
            }
            return attack(home)
        }
    }

    /// In the child, runs `body` (nil: it was not confined); in the parent, waits for it.
    private func end(of child: pid_t, _ body: () -> Bool?) -> End {
        if child == 0 { _exit(body().map { $0 ? 0 : 1 } ?? 2) }
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        var exitStatus: CInt = -1
        var signal: CInt = 0
        clinux_wait_status(status, &exitStatus, &signal)
        if signal > 0 { return .killed(signal) }
        return exitStatus == 0 ? .succeeded : exitStatus == 1 ? .refused : .notConfined
    }

    /// Forks a child in the state before login and lets it attack.
    func childBeforeLogin(
        _ layers: [SandboxLayer], prepare: () -> Bool = { true }, _ attack: () -> Bool
    ) -> End {
        end(of: fork()) {
            guard prepare() else { return nil }
            let line = try? SeqPacketSocket.pair()
            let sandbox = Sandbox(layers: layers, emptyRoot: emptyRoot, buckets: buckets)
            guard let line, (try? sandbox.enterPreAuthentication(line: line.1)) != nil else { return nil }
            return attack()
        }
    }

    /// Whether a descriptor reads as the secret.
    static func isSecret(_ descriptor: CInt) -> Bool {
        guard descriptor >= 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 && bytes[..<count].elementsEqual(secret.utf8)
    }
}
