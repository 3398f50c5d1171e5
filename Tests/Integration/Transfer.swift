import Foundation
import Glibc
import ServiceTestSupport
import Testing

/// A call of the management API.
struct Call {
    let method: String, path: String
    var body = ""
}

/// A transfer by a real client, and the right that it rests on.
struct Transfer: CustomTestStringConvertible, CustomStringConvertible {
    enum Client: CaseIterable { case sftp, scp, paramiko }

    /// What ends in the middle of it.
    enum Right: String, CaseIterable {
        case user = "DeleteUser"
        case weakAlgorithms = "SetAlgorithms"
        case session = "EndSession"
        /// With `endSessions`, as the next one.
        case password = "ResetPassword"
        case formerPassword = "DeletePassword"

        /// The status of the call that gives it; 0 where there is no such call.
        var isGiven: Int { [.weakAlgorithms, .formerPassword].contains(self) ? 200 : 0 }
        var isEnded: Int { [.weakAlgorithms, .password].contains(self) ? 200 : 204 }

        func gift(_ user: TestUser) -> Call? {
            switch self {
            case .user, .session, .password: nil
            case .weakAlgorithms: setAlgorithms(user, true)
            // The partner's is the one before from then on.
            case .formerPassword: resetPassword(user, #"{"overlapSeconds": 3600}"#)
            }
        }

        func end(_ user: TestUser, _ daemon: Daemon) throws -> Call {
            let api = daemon.ownAPI
            switch self {
            case .user: return Call(method: "DELETE", path: "/2022-04-01/users/\(user.username)")
            case .weakAlgorithms: return setAlgorithms(user, false)
            case .session:
                let sessions = try api.items("/sessions?username=\(user.username)")
                let id = try #require(sessions.first?["id"] as? String, "\(sessions)")
                return Call(method: "DELETE", path: "/berth/v1/sessions/\(id)")
            case .password: return resetPassword(user, #"{"endSessions": true}"#)
            case .formerPassword:
                let path = "/users/\(user.username)/passwords", passwords = try api.items(path)
                let former = try #require(passwords.first { $0["expiresAt"] != nil }?["id"] as? String, "\(passwords)")
                return Call(method: "DELETE", path: "/berth/v1\(path)/\(former)?endSessions=true")
            }
        }

        private func setAlgorithms(_ user: TestUser, _ isAllowed: Bool) -> Call {
            Call(
                method: "PUT", path: "/berth/v1/users/\(user.username)/algorithms",
                body: #"{"legacyAlgorithms": \#(isAllowed)}"#)
        }

        private func resetPassword(_ user: TestUser, _ body: String) -> Call {
            Call(method: "POST", path: "/berth/v1/users/\(user.username)/password", body: body)
        }
    }

    let client: Client
    let isUpload: Bool
    let right: Right

    /// paramiko is not asked to speak weak algorithms. One client shows that the others' ends are the same as a deletion's.
    static let all = [true, false].flatMap { isUpload in
        Client.allCases.map { Transfer(client: $0, isUpload: isUpload, right: .user) }
            + [.sftp, .scp].map { Transfer(client: $0, isUpload: isUpload, right: .weakAlgorithms) }
            + [.session, .password, .formerPassword].map { Transfer(client: .sftp, isUpload: isUpload, right: $0) }
    }

    var description: String {
        "\(isUpload ? "upload" : "download") by \(client), \(right.rawValue)"
    }
    var testDescription: String { description }

    /// Starts to transfer `file` of the home from or to `local`.
    func start(local: String, _ client: OpenSSH) throws -> ChildProcess {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        var environment = OpenSSH.answering(client.password, workspace: client.workspace)
        var options = OpenSSH.options(port: client.port)
        if right == .weakAlgorithms {
            options += ["-o", "KexAlgorithms=diffie-hellman-group14-sha1", "-o", "HostKeyAlgorithms=ssh-rsa"]
        }
        var program = "\(self.client)", input = nothing
        let arguments: [String]
        switch self.client {
        case .sftp:
            arguments = options + ["-b", "-", "\(client.user.username)@127.0.0.1"]
            input = try Descriptors.file(holding: Data((isUpload ? "put \(local) file\n" : "get file \(local)\n").utf8))
        case .scp:
            arguments = options + (isUpload ? [local, client.remote("file")] : [client.remote("file"), local])
        case .paramiko:
            program = Programs.python
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
            arguments =
                [Programs.script("transfer.py"), "127.0.0.1", "\(client.port)", client.user.username]
                + (isUpload ? ["put", local, "file"] : ["get", "file", local])
        }
        defer { if input != nothing { close(input) } }
        return try ChildProcess(
            program, arguments, environment: Command.environment(environment), input: input, output: nothing,
            error: nothing)
    }
}
