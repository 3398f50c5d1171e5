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

    @Test(
        "keys of OpenSSH are taken as they are, in every format, and no others are made",
        arguments: [
            ("ed25519", "256", "RFC4716"), ("ecdsa", "256", "RFC4716"), ("ecdsa", "256", "PEM"),
            ("ecdsa", "384", "RFC4716"), ("ecdsa", "384", "PEM"), ("ecdsa", "521", "RFC4716"), ("ecdsa", "521", "PEM"),
            ("ecdsa", "521", "PKCS8"), ("rsa", "2048", "RFC4716"), ("rsa", "2048", "PEM"), ("rsa", "2048", "PKCS8"),
            ("rsa", "3072", "RFC4716"), ("rsa", "4096", "PEM"),
        ])
    func takenOver(_ name: String, _ bits: String, _ format: String) throws {
        try withDirectory {
            let file = path("ssh_host_\(name)_key")
            try keygen("-q", "-t", name, "-b", bits, "-m", format, "-N", "", "-f", file)
            let before = try Data(contentsOf: URL(fileURLWithPath: file))
            let directory = HostKeyDirectory(path: self.directory.path)
            let kind = try #require(HostKey.Kind(rawValue: name))
            let keys = try HostKeySet(directory: directory)
            let server = try SSHServer(options: .init(), hostKeys: keys)
            #expect(server.hostKeys.keys.count == 1 && keys.filesPassedOver.isEmpty)
            let fingerprint = try #require(keys.keys.first?.fingerprint)
            #expect(try keygen("-l", "-f", file).contains(" \(fingerprint) "))
            #expect(try directory.load(kind)?.fingerprint == fingerprint)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
            let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(Set(files) == ["ssh_host_\(name)_key", "ssh_host_\(name)_key.pub"])
        }
    }

    @Test("a key with a passphrase is said to have one", arguments: ["RFC4716", "PEM", "PKCS8"])
    func passphrase(_ format: String) throws {
        try withDirectory {
            let file = path("ssh_host_rsa_key")
            try keygen("-q", "-t", "rsa", "-b", "2048", "-m", format, "-N", "passphrase", "-f", file)
            let error = #expect(throws: SSHError.self) {
                _ = try HostKeyDirectory(path: directory.path).load(.rsa)
            }
            #expect(error?.description.contains("ssh_host_rsa_key: has a passphrase") == true, "\(error as Any)")
        }
    }

    @Test func aKeyOfADyingKindIsPassedOverAndSaid() throws {
        try withDirectory {
            try keygen("-q", "-t", "dsa", "-N", "", "-f", path("ssh_host_dsa_key"))
            try keygen("-q", "-t", "ed25519", "-N", "", "-f", path("ssh_host_ed25519_key"))
            let before = try Data(contentsOf: URL(fileURLWithPath: path("ssh_host_dsa_key")))
            let keys = try HostKeySet(directory: HostKeyDirectory(path: directory.path))
            #expect(keys.keys.map(\.typeName) == ["ssh-ed25519"] && keys.filesPassedOver == ["ssh_host_dsa_key"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: path("ssh_host_dsa_key"))) == before)
        }
    }

    @Test(
        "a client that knows the server from before is not asked anything",
        arguments: [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048")])
    func knownHost(_ name: String, _ bits: String) throws {
        try withDirectory {
            let file = path("ssh_host_\(name)_key")
            try keygen("-q", "-t", name, "-b", bits, "-N", "", "-f", file)
            let server = try TestServer(keys: directory.path)
            let known = try String(contentsOfFile: file + ".pub", encoding: .utf8).split(separator: " ").prefix(2)
            let line = "[127.0.0.1]:\(server.port) " + known.joined(separator: " ") + "\n"
            try Data(line.utf8).write(to: URL(fileURLWithPath: path("known_hosts")))
            let options = ["-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=\(path("known_hosts"))"]
            let result = try server.sftp(["pwd"], options: options)
            #expect(result.status == 0, "\(result.output)")
            // And with another key it is.
            let other = try TestServer()
            let line2 = "[127.0.0.1]:\(other.port) " + known.joined(separator: " ") + "\n"
            try Data(line2.utf8).write(to: URL(fileURLWithPath: path("known_hosts")))
            #expect(try other.sftp(["pwd"], options: options).status != 0)
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
