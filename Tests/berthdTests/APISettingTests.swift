import Testing

@testable import berthd

/// Settings of the API that depend on each other.
@Suite struct APISettingTests {
    @Test func theDefaultsArePlainHTTPOnLoopbackWithLimits() throws {
        let settings = try load([:])
        #expect(settings.apiTLS == nil && !settings.apiAllowPlainHTTP && settings.apiListen.isLoopback)
        #expect(settings.apiRequestsPerSecondPerKey == 100 && settings.apiRequestsPerSecondPerAddress == 200)
        #expect(settings.apiMaxConnections == 1_024 && settings.apiMaxConnectionsPerAddress == 256)
        #expect(settings.apiRequestSeconds == 30 && settings.apiIdleSeconds == 60)
    }

    @Test func certificateAndKeyAreGivenTogether() throws {
        let both = try load([.apiTLSCertificate: "/c.pem", .apiTLSKey: "/k.pem"])
        #expect(both.apiTLS == Settings.TLSFiles(certificate: "/c.pem", key: "/k.pem"))
        #expect(
            faults([.apiTLSCertificate: "/c.pem"]) == [
                #"api.tls_key = "" (default): the file of the key is needed where api.tls_certificate is given"#
            ])
        #expect(
            faults([.apiTLSKey: "/k.pem"]) == [
                #"api.tls_certificate = "" (default): the file of the certificate is needed where api.tls_key is given"#
            ])
    }

    @Test(arguments: ["0.0.0.0:8022", "[::]:8022", "192.0.2.1:8022", "[2001:db8::1]:8022", "128.0.0.1:8022"])
    func plainHTTPBeyondThisMachineIsRefusedUnlessASettingSaysOtherwise(address: String) throws {
        let faults = faults([.apiListen: address])
        #expect(faults.count == 1 && faults[0].hasPrefix("api.listen = \"\(address)\" (--api-listen): plain HTTP"))
        for setting in ["api.tls_certificate", "api.tls_key", "api.allow_plain_http"] {
            #expect(faults[0].contains(setting), "\(faults)")
        }
        #expect(try load([.apiListen: address, .apiAllowPlainHTTP: "true"]).apiAllowPlainHTTP)
        #expect(try load([.apiListen: address, .apiTLSCertificate: "/c", .apiTLSKey: "/k"]).apiTLS != nil)
    }

    @Test(arguments: ["127.0.0.1:8022", "127.1.2.3:8022", "[::1]:8022", "[::ffff:127.0.0.1]:8022"])
    func plainHTTPOnLoopbackIsFine(address: String) throws {
        #expect(try load([.apiListen: address]).apiListen.isLoopback)
    }

    @Test(
        arguments: [
            (.apiAllowPlainHTTP, ["true", "false"], ["", "yes", "True", "1"]),
            (.apiRequestsPerSecondPerKey, ["0", "1", "1000000"], ["-1", "1000001", "1.5"]),
            (.apiRequestsPerSecondPerAddress, ["0", "1000000"], ["-1", "x"]),
            (.apiMaxConnections, ["1", "100000"], ["0", "100001"]),
            (.apiMaxConnectionsPerAddress, ["1", "100000"], ["0"]),
            (.apiRequestSeconds, ["1", "3600"], ["0", "3601"]), (.apiIdleSeconds, ["1", "3600"], ["0"]),
        ] as [(Setting, [String], [String])])
    func boundsAreKept(setting: Setting, good: [String], bad: [String]) {
        for value in good { #expect(faults([setting: value]).isEmpty, "\(setting) \(value)") }
        for value in bad { #expect(faults([setting: value]).count == 1, "\(setting) \(value)") }
    }

    private func load(_ flags: [Setting: String]) throws(ConfigurationError) -> Settings {
        try Settings.load(flags: flags, environment: [:], defaultFile: "/nonexistent", hasIPv6: true)
    }

    private func faults(_ flags: [Setting: String]) -> [String] {
        do {
            _ = try load(flags)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }
}
