import Testing

@testable import berthd

@Suite struct AuditSettingTests {
    private func load(_ text: String) throws -> Settings {
        try Settings.load(
            flags: [.data: "/srv/x", .auditFile: text], environment: [:], defaultFile: "/nonexistent", hasIPv6: true)
    }

    @Test func byDefaultItIsInTheDataDirectory() throws {
        let settings = try Settings.load(environment: [:], defaultFile: "/nonexistent", hasIPv6: true)
        #expect(settings.auditFile == "/var/lib/berth/audit.jsonl")
    }

    @Test func theAuditLogIsBelowTheDataDirectoryUnlessItsPathIsAbsolute() throws {
        for (text, path) in [
            ("a/b.jsonl", "/srv/x/a/b.jsonl"), ("/var/log/a.jsonl", "/var/log/a.jsonl"), ("", nil), ("../a", "/srv/a"),
        ] {
            #expect(try load(text).auditFile == path, "\(text)")
            let file = try TemporaryFile("audit:\n  file: \"\(text)\"\nsftp:\n  fsync: maybe\n")
            let found = try Settings.auditFile(data: "/srv/x", configFile: file.path, environment: [:])
            #expect(found == path, "\(text)")
        }
        let variables = ["BERTHD_AUDIT_FILE": "c"]
        #expect(
            try Settings.auditFile(data: "/d", configFile: nil, environment: variables, defaultFile: "/none") == "/d/c")
        #expect(
            try Settings.auditFile(data: "/d", configFile: nil, environment: [:], defaultFile: "/none")
                == "/d/audit.jsonl")
    }

    @Test(arguments: ["a/", "/", String(repeating: "a", count: 4_001), "a\0b"])
    func whatIsNoFilesPathIsAFault(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error?.faults.map(\.setting) == ["audit.file"])
    }
}
