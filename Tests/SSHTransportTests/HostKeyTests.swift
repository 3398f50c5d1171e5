import Foundation
import SSHTransport
import Testing

/// Host keys on disk.
@Suite struct HostKeyTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)")

    private func withDirectory(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body()
    }

    @discardableResult
    private func keygen(_ arguments: String...) throws -> String {
        let result = try TestProcess(["ssh-keygen"] + arguments, input: "").finish()
        #expect(result.status == 0, "\(result.output)")
        return result.output
    }

    private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    @Test func missingKeysAreMadeForTheOwnerAlone() throws {
        try withDirectory {
            let keys = HostKeyDirectory(path: path("keys"))
            #expect(try keys.isEmpty())
            try keys.generate()
            #expect(try !keys.isEmpty())
            let files = try FileManager.default.contentsOfDirectory(atPath: keys.path).sorted()
            #expect(files == ["ssh_host_ecdsa_key", "ssh_host_ed25519_key", "ssh_host_rsa_key"])
            for file in files {
                let attributes = try FileManager.default.attributesOfItem(atPath: keys.path + "/" + file)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            #expect(try keygen("-l", "-f", keys.path + "/ssh_host_rsa_key").hasPrefix("3072 "))
        }
    }

    @Test("keys of OpenSSH are taken as they are", arguments: ["ed25519", "ecdsa", "rsa"])
    func takenOver(_ name: String) throws {
        try withDirectory {
            let file = path("ssh_host_\(name)_key")
            try keygen("-q", "-t", name, "-N", "", "-f", file)
            let before = try Data(contentsOf: URL(fileURLWithPath: file))
            let directory = HostKeyDirectory(path: self.directory.path)
            let kind = try #require(HostKey.Kind(rawValue: name))
            let server = try SSHServer(options: .init(), hostKeys: HostKeySet(directory: directory))
            #expect(server.hostKeys.keys.count == 1)
            let fingerprint = try #require(server.hostKeys.keys.first?.fingerprint)
            #expect(try keygen("-l", "-f", file).contains(fingerprint))
            #expect(try directory.load(kind)?.fingerprint == fingerprint)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
        }
    }

    @Test func aKeyThatEveryoneMayReadIsRefused() throws {
        try withDirectory {
            let file = path("ssh_host_ed25519_key")
            try keygen("-q", "-t", "ed25519", "-N", "", "-f", file)
            try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: file)
            #expect(throws: SSHError.self) { _ = try HostKeyDirectory(path: directory.path).load(.ed25519) }
        }
    }

    @Test func whatIsNoKeyIsRefused() throws {
        try withDirectory {
            let file = path("ssh_host_ed25519_key")
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            #expect(throws: SSHError.self) { _ = try HostKeyDirectory(path: directory.path).load(.ed25519) }
            // A key of another kind under this name.
            try FileManager.default.removeItem(atPath: file)
            try keygen("-q", "-t", "ecdsa", "-N", "", "-f", file)
            #expect(throws: SSHError.self) { _ = try HostKeyDirectory(path: directory.path).load(.ed25519) }
        }
    }

    @Test(arguments: ["", "-x", " x", "a\nb", "ü", String(repeating: "x", count: 201)])
    func anIdentificationThatIsNoneIsRefused(_ text: String) throws {
        try withDirectory {
            try keygen("-q", "-t", "ed25519", "-N", "", "-f", path("ssh_host_ed25519_key"))
            var options = SSHServer.Options()
            options.identification = text
            #expect(throws: SSHError.self) {
                _ = try SSHServer(
                    options: options, hostKeys: HostKeySet(directory: HostKeyDirectory(path: directory.path)))
            }
        }
    }
}
