import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct AccessRulesTests {
    private func networks(_ texts: [String]) -> [AddressNetwork] { texts.compactMap { AddressNetwork($0) } }

    private func refusal(
        of address: String?, allow: [String] = [], block: [String] = [], trusted: [String] = [],
        isBlocked: Bool = false,
        isFaulty: Bool = false
    ) -> AccessRules.Refusal? {
        AccessRules(allow: networks(allow), block: networks(block), trusted: networks(trusted))
            .refusal(of: address.flatMap { AddressNetwork.Address($0) }, isBlocked: isBlocked, isFaulty: isFaulty)
    }

    @Test func withoutRulesEverybodyMayConnect() {
        #expect(refusal(of: "192.0.2.1") == nil && refusal(of: "2001:db8::1") == nil && refusal(of: nil) == nil)
    }

    @Test func onlyTheNetworksThatAreAllowedConnect() {
        let allow = ["192.0.2.0/24", "2001:db8::/32"]
        #expect(refusal(of: "192.0.2.1", allow: allow) == nil && refusal(of: "2001:db8::1", allow: allow) == nil)
        #expect(refusal(of: "192.0.3.1", allow: allow) == .notAllowed)
        #expect(
            refusal(of: "2001:db9::1", allow: allow) == .notAllowed && refusal(of: nil, allow: allow) == .notAllowed)
    }

    @Test func aNetworkThatIsBlockedNeverConnectsNotEvenOneThatIsAllowedOrTrusted() {
        let block = ["192.0.2.128/25"]
        #expect(refusal(of: "192.0.2.200", block: block) == .blockedNetwork)
        #expect(
            refusal(of: "192.0.2.200", allow: ["192.0.2.0/24"], block: block, trusted: ["192.0.2.200"])
                == .blockedNetwork)
        #expect(refusal(of: "192.0.2.1", allow: ["192.0.2.0/24"], block: block) == nil)
    }

    @Test func failedLoginsBlockWhoIsNotTrusted() {
        #expect(refusal(of: "192.0.2.1", isBlocked: true) == .failedLogins)
        #expect(refusal(of: "192.0.2.1", trusted: ["192.0.2.1"], isBlocked: true) == nil)
        #expect(refusal(of: "192.0.3.1", allow: ["192.0.2.0/24"], isBlocked: true) == .notAllowed)
    }

    @Test func faultsBlockWhoIsTrustedToo() {
        #expect(refusal(of: "192.0.2.1", isFaulty: true) == .fault)
        #expect(refusal(of: "192.0.2.1", trusted: ["192.0.2.1"], isFaulty: true) == .fault)
        #expect(refusal(of: "192.0.2.1", block: ["192.0.2.1"], isFaulty: true) == .blockedNetwork)
    }

    @Test func onlyWhoIsBlockedForAWhileIsToldWhy() {
        for refusal in AccessRules.Refusal.allCases {
            #expect((refusal.line != nil) == [.failedLogins, .crowded, .fault].contains(refusal))
            // RFC 4253 section 4.2: such lines must not begin with SSH-.
            #expect(refusal.line.map { $0.hasSuffix("\r\n") && !$0.hasPrefix("SSH-") } ?? true)
        }
    }
}
