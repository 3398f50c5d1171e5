import ArgumentParser
import Foundation
import SessionControl
import Testing

@testable import berthd

@Suite struct SettingsTests {
    @Test func theDefaultsAreSoundAndAsDocumented() throws {
        let settings = try load()
        #expect(settings.data == "/var/lib/berth")
        #expect(settings.registryPath == "/var/lib/berth/berth.sqlite")
        #expect(settings.apiListen.description == "127.0.0.1:8022")
        #expect(settings.sftpListen.map(\.description) == ["[::]:2222"])
        #expect(settings.sftpAdvertisedPort == nil && !settings.sftpAdvertisedHost.isEmpty)
        #expect(settings.sftpFsync == .close && settings.sftpSymlinks == .allow && settings.sandbox == .auto)
        #expect(settings.storeUmask == 0o027 && settings.storeGroup == nil && settings.sftpControlSocket == nil)
        #expect(settings.sftpLegacyListen.isEmpty && settings.sftpLegacyNetworks.isEmpty && settings.sftpBanner.isEmpty)
        #expect(settings.sftpAllowNetworks.isEmpty && settings.sftpBlockNetworks.isEmpty)
        #expect(settings.sftpTrustedNetworks.isEmpty && settings.sftpProxyNetworks.isEmpty)
        #expect(settings.sftpBlockAfterFailures == 10 && settings.sftpBlockSeconds == 60)
        #expect(settings.sftpRekeyBytes == 0 && settings.sftpRekeySeconds == 0 && settings.sftpKeepAliveSeconds == 60)
        #expect(settings.file == nil && settings.warnings.isEmpty)
    }

    @Test func withoutIPv6TheDefaultListensOnIPv4AndAnExplicitAddressStays() throws {
        #expect(try load(hasIPv6: false).sftpListen.map(\.description) == ["0.0.0.0:2222"])
        let explicit = try load(flags: [.sftpListen: "[::]:2222"], hasIPv6: false)
        #expect(explicit.sftpListen.map(\.description) == ["[::]:2222"])
    }

    @Test func theCommentedFileListsEverySettingWithItsDefault() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../config/berth.yaml").standardizedFileURL.path
        let file = SettingsFile(path: path)
        #expect(file.faults.isEmpty)
        #expect(
            file.entries.mapValues(\.value)
                == Dictionary(uniqueKeysWithValues: Setting.allCases.map { ($0, $0.defaultText) }))
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        for (previous, line) in zip(lines, lines.dropFirst()) where line.contains(": ") && !line.contains("#") {
            #expect(previous.contains("#"), "\(line) has no explanation")
        }
    }

    @Test func flagsGoBeforeVariablesBeforeTheFileBeforeDefaults() throws {
        let file = try TemporaryFile("sftp:\n  idle_seconds: 1\n  max_sessions: 1\n  max_unauthenticated: 1\n")
        let settings = try load(
            flags: [.sftpIdleSeconds: "3"],
            environment: ["BERTHD_SFTP_IDLE_SECONDS": "2", "BERTHD_SFTP_MAX_SESSIONS": "2"], configFile: file.path)
        #expect(settings.sftpIdleSeconds == 3)
        #expect(settings.sftpMaxSessions == 2)
        #expect(settings.sftpMaxUnauthenticated == 1)
        #expect(settings.sftpMaxAuthenticationAttempts == 6)
        #expect(settings.file == file.path)
    }

    @Test func allFaultsAreListedAtOnceWithValueAndSource() throws {
        let file = try TemporaryFile("sftp:\n  fsync: maybe\n  max_sessionz: 3\nnonsense: 1\napi: 3\n")
        let faults = self.faults(
            flags: [.sandbox: "lax"], environment: ["BERTHD_STORE_UMASK": "0099"], unrecognized: ["--bogus"],
            configFile: file.path)
        #expect(
            faults.map(\.setting) == [
                "sftp.max_sessionz", "nonsense", "api", "--bogus", "sftp.fsync", "sandbox", "store.umask",
            ])
        #expect(
            faults.map(\.source) == [
                "\(file.path), line 3", "\(file.path), line 4", "\(file.path), line 5", "command line",
                "\(file.path), line 2", "--sandbox", "BERTHD_STORE_UMASK",
            ])
        #expect(
            faults.last?.description
                == "store.umask = \"0099\" (BERTHD_STORE_UMASK): an octal umask from 0000 to 0077 is allowed")
    }

    @Test func anUnknownVariableOnlyWarnsAndThoseOfClientsAreIgnored() throws {
        let settings = try load(environment: ["BERTHD_NONSENSE": "1", "BERTH_API": "http://x"])
        #expect(settings.warnings == ["the variable BERTHD_NONSENSE is no setting of Berth and was ignored"])
    }

    @Test func aMissingFileThatWasNamedIsAFault() {
        #expect(
            faults(configFile: "/nonexistent/berth.yaml").map(\.allowed) == ["can't be read: No such file or directory"]
        )
    }

    @Test(arguments: [
        "sftp: [1", "a\tb: {", "- 1\n- 2", "just text", "sftp:\n  fsync: close\n  fsync: never",
        "sftp:\n  fsync: [close]",
        "sftp:\n  fsync: {a: b}", "1: 2", "? [a]\n: b", "sftp.fsync.x: 1", "\u{0}",
    ])
    func aFileThatIsNoConfigurationIsAFault(text: String) throws {
        let file = try TemporaryFile(text)
        #expect(!faults(configFile: file.path).isEmpty)
    }

    @Test(arguments: ["", "# nothing\n", "sftp:\n", "sftp:\n  fsync:\n", "---\n"])
    func aFileWithoutValuesLeavesTheDefaults(text: String) throws {
        let file = try TemporaryFile(text)
        var settings = try load(configFile: file.path)
        settings.file = nil
        #expect(try settings == load())
    }

    @Test(
        arguments: [
            (Setting.data, ["/x", "x", "./.berth"], [""]),
            (.logLevel, ["debug", "info", "warning", "error"], ["", "Info", "trace"]),
            (
                .apiListen, ["127.0.0.1:0", "[::1]:65535", "127.9.9.9:1"],
                [
                    "", "127.0.0.1", ":8022", "localhost:8022", "::1:80", "127.0.0.1:65536", "127.0.0.1:-1",
                    "[127.0.0.1]:1",
                    "127.0.0.1:", "127.0.0.1:1x", "127.0.0.1: 1", "[::1]", "1.2.3.4:000080",
                ]
            ),
            (
                .apiMaxUsers, ["0", "1000000000"],
                ["-1", "1000000001", "", "1.5", "1e3", "99999999999999999999", "+1", "01"]
            ),
            (.sftpListen, ["[::]:2222", "127.0.0.1:22, [::1]:22"], ["", ",", "127.0.0.1:22,", "example.com:22"]),
            (
                .sftpAdvertisedHost, ["", "sftp.example.com", "203.0.113.5", "2001:db8::1"],
                ["a b", "a:b/c", "[::1]", "ü.example", "a\n"]
            ),
            (.sftpAdvertisedPort, ["0", "1", "65535"], ["65536", "-1", "x"]),
            (.sftpFsync, ["close", "never"], ["", "Close", "always"]),
            (.sftpSymlinks, ["allow", "refuse"], ["", "yes"]),
            (
                .sftpIdentification, ["Berth", "OpenSSH_9.9p2 Berth-1"],
                [
                    "", " a", "Berth-1", "a\nb", "ü",
                    String(repeating: "a", count: 241),
                ]
            ),
            (.sftpLoginGraceSeconds, ["1", "3600"], ["0", "3601"]),
            (.sftpIdleSeconds, ["0", "604800"], ["-1", "604801"]),
            (
                .sftpLegacyListen, ["", "127.0.0.1:22, [::1]:22", "[::]:2223", "[::1]:0"],
                [
                    ",", "127.0.0.1:22,", "example.com:22", "2223", "[::]:2222", "127.0.0.1:2222", "[::1]:2222",
                    "0.0.0.0:2222", "127.0.0.1:22,[0::0]:2222",
                ]
            ),
            (
                .sftpLegacyNetworks,
                [
                    "", "192.0.2.0/24", "192.0.2.7", "0.0.0.0/0,::/0", "2001:db8::/32, 2001:db8::1", "10.128.0.0/9",
                    "::ffff:192.0.2.0/120", "192.0.2.7/32", "::1/128",
                    [String](repeating: "::1", count: 64).joined(separator: ","),
                ],
                [
                    ",", "192.0.2.0/24,", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "192.0.2.0/024",
                    "192.0.2/24", "192.0.2.0/24/1", "2001:db8::/129", "2001:db8::1/32", "[2001:db8::]/32",
                    "example.com", "10.0.0.0-10.0.0.9", "10.64.0.0/9", "10.0.0.0/8 10.0.0.0/9", "fe80::1%eth0",
                    [String](repeating: "::1", count: 65).joined(separator: ","),
                ]
            ),
            (
                .sftpBanner, ["", "Hello", "two\nlines\n\tand a tab", "ü", String(repeating: "a", count: 4_096)],
                ["\u{1b}[2J", "a\0", "a\r\n", "\u{7f}", "\u{9b}2J", String(repeating: "ü", count: 2_049)]
            ),
            (.sftpKeepAliveSeconds, ["0", "1", "86400"], ["-1", "86401", ""]),
            (.sftpRekeyBytes, ["0", "1048576", "1099511627776"], ["1", "1048575", "-1", "1099511627777", "1G", "00"]),
            (.sftpRekeySeconds, ["0", "60", "604800"], ["59", "1", "-1", "604801"]),
            (.sftpMaxSessions, ["1", "100000"], ["0", "100001"]),
            (.sftpMaxSessionsPerAddress, ["1", "100000"], ["0", "100001"]),
            (.sftpMaxUnauthenticated, ["1", "100000"], ["0", "100001"]),
            (.sftpMaxAuthenticationAttempts, ["1", "100"], ["0", "101"]),
            (.sftpAllowNetworks, ["", "192.0.2.0/24, ::1"], [",", "192.0.2.1/24", "example.com"]),
            (.sftpBlockNetworks, ["", "192.0.2.0/24, ::1"], [",", "192.0.2.1/24", "example.com"]),
            (.sftpTrustedNetworks, ["", "192.0.2.0/24, ::1"], [",", "192.0.2.1/24", "example.com"]),
            (.sftpProxyNetworks, ["", "192.0.2.0/24, ::1"], [",", "192.0.2.1/24", "0.0.0.0/0", "::1, ::/0"]),
            (.sftpBlockAfterFailures, ["0", "1", "1000"], ["-1", "1001", ""]),
            (.sftpBlockSeconds, ["1", "86400"], ["0", "86401", ""]),
            (.sftpControlSocket, ["", "/run/berth/control"], ["control", "/" + String(repeating: "a", count: 107)]),
            (.sftpShutdownGraceSeconds, ["0", "86400"], ["-1", "86401"]),
            (.sandbox, ["strict", "auto"], ["", "off"]),
            (.storeGroup, ["", "root"], ["no-such-group", "0x"]),
            (.storeUmask, ["0000", "0077", "27", "0"], ["0100", "0777", "8", "", "-1", "+7", "00027", "0o27"]),
        ] as [(Setting, [String], [String])])
    func eachSettingTakesWhatIsAllowedAndNothingElse(setting: Setting, sound: [String], unsound: [String]) {
        for text in sound {
            #expect(faults(flags: [setting: text]).isEmpty, "\(setting.rawValue) = \(text)")
        }
        for text in unsound {
            #expect(
                faults(flags: [setting: text]).map(\.setting) == [setting.rawValue], "\(setting.rawValue) = \(text)")
            #expect(faults(flags: [setting: text]).map(\.value) == [text])
        }
    }

    @Test func oldClientsPlacesAreReadAndWarnedOf() throws {
        let settings = try load(flags: [
            .sftpLegacyListen: "127.0.0.1:2223, [0:0::1]:2223",
            .sftpLegacyNetworks: "192.0.2.7,2001:DB8:0::/32, ::ffff:198.51.100.0/120",
        ])
        #expect(settings.sftpLegacyListen.map(\.description) == ["127.0.0.1:2223", "[::1]:2223"])
        #expect(
            settings.sftpLegacyNetworks.map(\.description) == ["192.0.2.7/32", "2001:db8::/32", "198.51.100.0/24"])
        #expect(
            settings.warnings == [
                "clients of sftp.legacy_listen (127.0.0.1:2223, [::1]:2223) and sftp.legacy_networks (192.0.2.7/32, 2001:db8::/32, 198.51.100.0/24) are offered weak algorithms: see Partners with old clients in the operations manual"
            ])
        let networks = try load(flags: [.sftpLegacyNetworks: "::/0"])
        #expect(networks.warnings.count == 1 && networks.warnings.first?.contains("legacy_listen") == false)
    }

    @Test func anAddressForOldClientsThatIsTakenIsExplained() throws {
        let faults = self.faults(flags: [.sftpListen: "0.0.0.0:22,[::1]:23", .sftpLegacyListen: "127.0.0.1:22"])
        #expect(
            faults.map(\.description) == [
                "sftp.legacy_listen = \"127.0.0.1:22\" (--sftp-legacy-listen): addresses with ports that sftp.listen does not have are allowed"
            ])
        for free in ["127.0.0.1:23", "[::1]:22", "127.0.0.1:2222"] {
            #expect(
                self.faults(flags: [.sftpListen: "0.0.0.0:22,[::1]:23", .sftpLegacyListen: free]).isEmpty, "\(free)")
        }
    }

    @Test(arguments: [
        ("127.0.0.1:22", "[::ffff:127.0.0.1]:22"), ("", "127.0.0.1:4,127.0.0.1:4"), ("", "[::]:4,127.0.0.1:4"),
    ])
    func noAddressIsListenedOnTwice(listen: String, legacy: String) {
        let listen = listen.isEmpty ? "127.0.0.1:22" : listen
        let faults = self.faults(flags: [.sftpListen: listen, .sftpLegacyListen: legacy])
        #expect(faults.map(\.setting) == ["sftp.legacy_listen"])
        #expect(self.faults(flags: [.sftpListen: legacy]).isEmpty != legacy.contains(","))
    }

    @Test func underSystemdOldClientsMayHaveTheAddressThatSFTPListenIsNotUsedFor() throws {
        let settings = try load(flags: [.sftpControlSocket: "/run/c", .sftpLegacyListen: "[::]:2222"])
        #expect(settings.sftpLegacyListen.map(\.description) == ["[::]:2222"])
    }

    @Test func aBannerInTheFileKeepsItsLines() throws {
        let file = try TemporaryFile(
            "sftp:\n  banner: |\n    Authorised partners only.\n\n      Ask: edi@example.com\n  idle_seconds: 7\n")
        let settings = try load(configFile: file.path)
        #expect(settings.sftpBanner == "Authorised partners only.\n\n  Ask: edi@example.com\n")
        #expect(settings.sftpIdleSeconds == 7)
        let windows = try TemporaryFile("sftp:\r\n  banner: |\r\n    One\r\n    Two\r\n")
        #expect(try load(configFile: windows.path).sftpBanner == "One\nTwo\n")
    }

    @Test func everySettingHasAFlagAndAVariable() throws {
        for setting in Setting.allCases {
            #expect(try SettingFlags.parse(["--" + setting.flag, "x"]).values == [setting: "x"])
            let sources = SettingsSources(flags: [:], environment: [setting.variable: "y"], file: nil)
            #expect(sources[setting] == .init(text: "y", source: setting.variable, isDefault: false))
            #expect(sources.unknownVariables.isEmpty)
        }
    }

    @Test func theDataDirectoryIsFoundWhereTheRestIsWrong() throws {
        let file = try TemporaryFile("data: /srv/berth\nsftp:\n  fsync: maybe\nnonsense: 1\n")
        #expect(try Settings.dataDirectory(flag: nil, configFile: file.path, environment: [:]) == "/srv/berth")
        #expect(try Settings.dataDirectory(flag: "/x", configFile: file.path, environment: [:]) == "/x")
        let variables = ["BERTHD_DATA": "/y"]
        #expect(try Settings.dataDirectory(flag: nil, configFile: file.path, environment: variables) == "/y")
        #expect(throws: ConfigurationError.self) {
            try Settings.dataDirectory(flag: nil, configFile: "/nonexistent", environment: [:])
        }
    }

    private func load(
        flags: [Setting: String] = [:], environment: [String: String] = [:], unrecognized: [String] = [],
        configFile: String? = nil, hasIPv6: Bool = true
    ) throws(ConfigurationError) -> Settings {
        try Settings.load(
            flags: flags, unrecognized: unrecognized, configFile: configFile, environment: environment,
            defaultFile: "/nonexistent", hasIPv6: hasIPv6)
    }

    private func faults(
        flags: [Setting: String] = [:], environment: [String: String] = [:], unrecognized: [String] = [],
        configFile: String? = nil
    ) -> [SettingFault] {
        do {
            _ = try load(flags: flags, environment: environment, unrecognized: unrecognized, configFile: configFile)
            return []
        } catch {
            return error.faults
        }
    }
}

/// A file that is removed when the test lets go of it.
final class TemporaryFile {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString).yaml").path

    init(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
