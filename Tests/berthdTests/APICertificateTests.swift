import Foundation
import Glibc
import Logging
import Testing

@testable import berthd

/// What is looked at before a certificate and its key are read.
@Suite final class APICertificateTests {
    private let directory: String
    private let files: Settings.TLSFiles

    init() throws {
        var template = Array("/tmp/berth-certificate-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        files = Settings.TLSFiles(certificate: "\(directory)/links/a.pem", key: "\(directory)/links/a.key")
        for name in ["links", "place"] { try #require(mkdir("\(directory)/\(name)", 0o755) == 0) }
        for (link, mode) in [(files.certificate, 0o644), (files.key, 0o600)] as [(String, mode_t)] {
            let file = "\(directory)/place/\((link as NSString).lastPathComponent)"
            try #require(FileManager.default.createFile(atPath: file, contents: Data("text".utf8)))
            try #require(chmod(file, mode) == 0 && symlink(file, link) == 0)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// What is said of the files.
    private func fault(privateGroups: [uid_t: Set<gid_t>] = [:]) -> String {
        do throws(StartFailure) {
            _ = try APICertificate(files, privateGroups: privateGroups, logger: Logger(label: "test"))
            return ""
        } catch {
            return error.description
        }
    }

    private func set(_ mode: mode_t, _ name: String) throws {
        try #require(chmod("\(directory)/\(name)", mode) == 0)
    }

    @Test func `what is read and the way to it are looked at`() throws {
        // All is well but for what is in the files.
        #expect(fault().hasSuffix("links/a.pem holds no certificate in PEM"))
        for (name, mode, allowed) in [
            ("place/a.key", 0o604, "0600"), ("place/a.pem", 0o646, "0644"), ("place", 0o777, "0755"),
            ("links", 0o757, "0755"),
        ] as [(String, mode_t, String)] {
            try set(mode, name)
            let fault = fault()
            #expect(fault.contains("chmod \(allowed) \(directory)/"), "\(name): \(fault)")
            try set(name.contains(".key") ? 0o600 : name.contains(".pem") ? 0o644 : 0o755, name)
        }
        #expect(fault().hasSuffix("links/a.pem holds no certificate in PEM"))
    }

    @Test func `a group that nobody else is in may change the way and read the key`() throws {
        // That of what is made in a directory of one's own.
        let group = getegid()
        try set(0o775, "place")
        #expect(fault().contains("chmod 0755 \(directory)/place"))
        let groups: [uid_t: Set<gid_t>] = [geteuid(): [group]]
        #expect(fault(privateGroups: groups).hasSuffix("holds no certificate in PEM"))
        // Both files are read before one is looked into.
        try set(0o640, "place/a.key")
        try set(0o755, "place")
        // Root's group may read it in any case.
        #expect(fault().contains("chmod 0600") == (group != 0))
        #expect(fault(privateGroups: groups).hasSuffix("holds no certificate in PEM"))
    }

    @Test func `what is no file is not waited for`() throws {
        let key = "\(directory)/place/a.key"
        try #require(unlink(key) == 0 && mkfifo(key, 0o600) == 0)
        #expect(fault().hasSuffix("links/a.key is no file"))
    }
}
