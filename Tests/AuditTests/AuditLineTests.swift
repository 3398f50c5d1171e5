import Foundation
import SFTPTestSupport
import Testing

@testable import Audit

@Suite struct AuditLineTests {
    private let time = Date(timeIntervalSince1970: 1_795_452_592.123_9)

    private func text(_ event: AuditEvent) -> String {
        String(decoding: AuditLine.bytes(event, at: time), as: UTF8.self)
    }

    private func parsed(_ event: AuditEvent) throws -> [String: Any] {
        let bytes = AuditLine.bytes(event, at: time)
        #expect(bytes.last == UInt8(ascii: "\n") && bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        return try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test func aLineHasItsMembersInOneOrder() {
        let event = AuditEvent(
            .apiRequest, .granted, by: .apiKey(id: 3, name: "billing"), from: "192.0.2.1", request: "r-1",
            [
                .init("operation", "CreateUser"), .init("status", .number(201)), .init("weak", .flag(true)),
                .init("rights", .texts(["a", "b"])), .init("none", .texts([])),
            ])
        #expect(
            text(event)
                == #"{"time":"2026-11-23T16:49:52.123Z","event":"api.request","outcome":"granted","actor":{"kind":"api_key","id":"3","name":"billing"},"address":"192.0.2.1","request":"r-1","operation":"CreateUser","status":201,"weak":true,"rights":["a","b"],"none":[]}"#
                + "\n")
    }

    @Test(arguments: [
        (AuditEvent.Actor.user("A"), #"{"kind":"user","name":"A"}"#),
        (.unknown(claimed: nil), #"{"kind":"unknown"}"#),
        (.unknown(claimed: "root"), #"{"kind":"unknown","name":"root"}"#),
        (.machineUser(id: 0, name: "root"), #"{"kind":"machine_user","id":"0","name":"root"}"#),
        (.machineUser(id: 7, name: nil), #"{"kind":"machine_user","id":"7"}"#), (.service, #"{"kind":"service"}"#),
    ])
    func actorsAreToldApart(actor: AuditEvent.Actor, json: String) {
        #expect(
            text(AuditEvent(.login, .denied, by: actor, from: "a", session: "s")).hasSuffix(
                #""outcome":"denied","actor":\#(json),"address":"a","session":"s"}"# + "\n"))
    }

    @Test func foreignTextIsOneValueOfOneLineAndShowsAsItIs() throws {
        let seed = TestSeed.value(fixed: 21)
        var random = SplitMix64(seed: seed)
        for _ in 0..<1_000 {
            var foreign = ""
            for _ in 0..<random.below(30) {
                let scalar = Unicode.Scalar(UInt32(random.below(random.below(2) == 0 ? 0x100 : 0x110000)))
                if let scalar { foreign.unicodeScalars.append(scalar) }
            }
            let event = AuditEvent(.fileWritten, .granted, by: .user(foreign), from: foreign, [.init("path", foreign)])
            let json = try parsed(event)
            #expect(
                (json["path"] as? String)?.utf8.elementsEqual(foreign.utf8) == true,
                "seed \(seed): \(foreign.debugDescription)")
            #expect((json["address"] as? String)?.utf8.elementsEqual(foreign.utf8) == true)
            // No line break of any kind, no escape sequence, nothing that turns the direction of writing round.
            #expect(
                text(event).unicodeScalars.dropLast().allSatisfy { scalar in
                    ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                        scalar.properties.generalCategory)
                })
        }
    }

    private static let key = "berth_" + String(repeating: "aB3-_", count: 8) + "xyz"

    @Test(arguments: [
        (key, "(withheld)"), ("a \(key)", "a (withheld)"), ("/\(key)/\(key)?", "/(withheld)/(withheld)?"),
        ("berth_\(key)", "(withheld)"), ("berth_short", "berth_short"),
        ("berth_" + String(repeating: "a", count: 42), nil),
        ("é\(key)é", "é(withheld)é"),
    ])
    func whatHasTheFormOfAKeyIsNotTakenDown(sent: String, shown: String?) throws {
        let event = AuditEvent(
            .apiRequest, .failed, by: .apiKey(id: 1, name: sent), from: sent, [.init("target", sent)])
        let json = try parsed(event)
        #expect(json["target"] as? String == shown ?? sent && json["address"] as? String == shown ?? sent)
        #expect((json["actor"] as? [String: Any])?["name"] as? String == shown ?? sent)
    }

    @Test(arguments: [
        ("abcdefgh12345678", true), (String(repeating: "a", count: 128), true), ("root", false), ("VVJ9PRKM", false),
        ("abcdefgh1234567", false), (String(repeating: "a", count: 129), false), ("abcdefgh-2345678", false),
    ])
    func aPasswordThatWasTypedForTheNameIsNotTakenDown(name: String, isWithheld: Bool) throws {
        let json = try parsed(AuditEvent(.login, .denied, by: .unknown(claimed: name)))
        #expect((json["actor"] as? [String: Any])?["name"] as? String == (isWithheld ? "(withheld)" : name))
        // Of somebody who proved it, the name is known to be one.
        let granted = try parsed(AuditEvent(.login, .granted, by: .user(name)))
        #expect((granted["actor"] as? [String: Any])?["name"] as? String == name)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400.999, "2000-02-29T00:00:00.999Z"),
        (4_102_444_799.001, "2099-12-31T23:59:59.001Z"), (-5, "1970-01-01T00:00:00.000Z"),
    ])
    func timesAreInUTC(seconds: Double, text: String) {
        #expect(AuditLine.timestamp(Date(timeIntervalSince1970: seconds)) == text)
    }
}
