import Foundation
import Testing

@testable import Provisioning

@Suite struct ValidationTests {
    let validation = UserValidation(bucketName: "b-sftp")
    let pages = PageValidation(key: Array(repeating: 1, count: 32), list: "users")

    static let longSegment = String(repeating: "a", count: 255)
    static let longest = (String(repeating: "/" + longSegment, count: 4)).prefix(1_024)

    @Test(arguments: [
        "/", "/a", "/a/", "/a/b/c", "/A-Z_a.z:0+9", "/.berthx", "/x.berth", "/...", "/.a", "/a..b", "/" + longSegment,
        String(longest), "/-", "/:", "/.BERTH",
    ])
    func aSoundHomeDirectory(path: String) {
        #expect(UserRules.fault(homeDirectory: path) == nil)
    }

    @Test(arguments: [
        "", "a", "a/", ".", "..", "//", "//a", "/a//b", "/a//", "/.", "/..", "/a/.", "/a/../b", "/./a", "/.berth",
        "/a/.berth/", "/a/.berth/b", " /a", "/a ", "/a b", "/a\0", "/a\nb", "/a\\b", "/ä", "/a\u{301}", "/ａ", "/%41",
        "~",
        "/" + longSegment + "a", String(longest) + "a", "/" + String(repeating: "a/", count: 512),
    ])
    func anUnsoundHomeDirectory(path: String) {
        #expect(UserRules.fault(homeDirectory: path) != nil)
    }

    @Test func theLimitOf1024BytesIsExact() {
        let segments = String(repeating: "/" + String(repeating: "a", count: 127), count: 8)
        #expect(segments.utf8.count == 1_024)
        #expect(UserRules.fault(homeDirectory: segments) == nil)
        #expect(UserRules.fault(homeDirectory: segments + "/") != nil)
    }

    @Test func eachCharacterOutsideOfTheAlphabetIsRefused() {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        for value in UInt8(0)..<128 {
            let scalar = Unicode.Scalar(value)
            let inHome = (letters + "-_:.+/").unicodeScalars.contains(scalar)
            #expect((UserRules.fault(homeDirectory: "/a\(scalar)b") == nil) == inHome, "\(value)")
            let inDescription = (letters + "-_/ ").unicodeScalars.contains(scalar)
            #expect((UserRules.fault(description: "a\(scalar)b") == nil) == inDescription, "\(value)")
        }
        for text in ["ä", "\u{37e}", "\u{2215}", "\u{ff0f}", "А", "é", "e\u{301}", "\u{200b}", "😀", "\u{a0}"] {
            #expect(UserRules.fault(homeDirectory: "/" + text) != nil)
            #expect(UserRules.fault(description: text) != nil)
        }
    }

    @Test func aDescriptionHas1To1024Characters() {
        #expect(UserRules.fault(description: "") != nil)
        #expect(UserRules.fault(description: " ") == nil)
        #expect(UserRules.fault(description: String(repeating: "a", count: 1_024)) == nil)
        #expect(UserRules.fault(description: String(repeating: "a", count: 1_025)) != nil)
    }

    @Test(
        arguments: [
            (Field<Field<Int>>.absent, [], 16), (.value(.value(16)), [], 16), (.value(.value(128)), [], 128),
            (.value(.value(15)), ["/passwordOptions/length"], 0), (.value(.value(129)), ["/passwordOptions/length"], 0),
            (.value(.value(.min)), ["/passwordOptions/length"], 0), (.value(.absent), ["/passwordOptions/length"], 0),
            (.value(.wrongType), ["/passwordOptions/length"], 0), (.value(.repeated), ["/passwordOptions/length"], 0),
            (.wrongType, ["/passwordOptions"], 0), (.repeated, ["/passwordOptions"], 0),
        ] as [(Field<Field<Int>>, [String], Int)])
    func passwordOptions(field: Field<Field<Int>>, paths: [String], length: Int) throws {
        var request = CreateUserRequest.sound()
        request.passwordLength = field
        if paths.isEmpty {
            #expect(try validation.validate(request).passwordLength == length)
        } else {
            #expect(faults { () throws(ProvisioningError) in _ = try validation.validate(request) } == paths)
        }
    }

    @Test func everyWrongMemberOfACreationIsNamed() {
        let request = CreateUserRequest(
            homeDirectory: .wrongType, bucketName: .value("other"), passwordLength: .value(.value(0)))
        let paths = faults { () throws(ProvisioningError) in _ = try validation.validate(request) }
        #expect(paths == ["/homeDirectory", "/description", "/bucketName", "/passwordOptions/length"])
    }

    @Test(arguments: [
        (UpdateUserRequest(), ["/description"]), (UpdateUserRequest(bucketName: .value("b-sftp")), ["/description"]),
        (UpdateUserRequest(description: .value("x")), []), (UpdateUserRequest(homeDirectory: .value("/x")), []),
        (UpdateUserRequest(homeDirectory: .value("x"), description: .value("")), ["/homeDirectory", "/description"]),
        (UpdateUserRequest(description: .wrongType), ["/description"]),
        (UpdateUserRequest(description: .value("x"), bucketName: .value("B-sftp")), ["/bucketName"]),
        (UpdateUserRequest(description: .value("x"), bucketName: .value("b-sftp")), []),
    ])
    func updates(request: UpdateUserRequest, paths: [String]) {
        #expect(faults { () throws(ProvisioningError) in _ = try validation.validate(request) } == paths)
    }

    @Test(
        arguments: [
            (Field<Int>.absent, []), (.value(1), []), (.value(50), []), (.value(0), ["/pageSize"]),
            (.value(51), ["/pageSize"]),
            (.value(-1), ["/pageSize"]), (.wrongType, ["/pageSize"]), (.repeated, ["/pageSize"]),
        ] as [(Field<Int>, [String])])
    func pageSizes(field: Field<Int>, paths: [String]) {
        #expect(
            faults { () throws(ProvisioningError) in
                _ = try pages.validate(PageRequest(pageSize: field))
            } == paths)
    }

    @Test(
        arguments: [
            (.value(0), []), (.value(7_776_000), []), (.absent, []), (.value(-1), ["/overlapSeconds"]),
            (.value(7_776_001), ["/overlapSeconds"]), (.wrongType, ["/overlapSeconds"]),
            (.repeated, ["/overlapSeconds"]),
        ] as [(Field<Int>, [String])])
    func overlaps(field: Field<Int>, paths: [String]) {
        #expect(
            faults { () throws(ProvisioningError) in
                _ = try validation.validate(ResetPasswordRequest(overlapSeconds: field))
            } == paths)
    }

    @Test func everyWrongMemberOfAResetIsNamed() {
        let request = ResetPasswordRequest(
            passwordLength: .value(.value(15)), overlapSeconds: .wrongType, endSessions: .repeated)
        #expect(
            faults { () throws(ProvisioningError) in _ = try validation.validate(request) }
                == ["/passwordOptions/length", "/overlapSeconds", "/endSessions"])
    }

    @Test(arguments: ["a", "a b", "é", "Ключ", "🔑", String(repeating: "🔑", count: 128)])
    func aSoundNameOfAKey(name: String) {
        #expect(APIKeyRules.fault(name: name) == nil)
    }

    @Test(arguments: [
        "", "a\nb", "a\u{1b}[31m", "\u{200b}", String(repeating: "a", count: 129),
        // What is one letter to a reader is two characters to JSON Schema.
        String(repeating: "e\u{301}", count: 65), "\u{202e}x", "\u{fffd}",
    ])
    func aNameThatNoKeyHas(name: String) {
        #expect(APIKeyRules.fault(name: name) != nil)
    }

    @Test(arguments: [
        ("2026-07-25T08:48:59.523Z", 1_784_969_339.523), ("2026-07-25T08:48:59Z", 1_784_969_339),
        ("1970-01-01T00:00:00.000000001Z", 0.000000001), ("0001-01-01T00:00:00Z", -62_135_596_800),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799.999), ("2024-02-29T00:00:00Z", 1_709_164_800),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_799.999), ("2026-07-25T08:48:59.5239Z", 1_784_969_339.523),
    ])
    func aTime(text: String, seconds: Double) throws {
        let date = try #require(Timestamp.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.0005)
        if text.utf8.count == 24 { #expect(Timestamp.text(date) == text) }
    }

    @Test(arguments: [
        "", "Z", "2026-07-25", "2026-07-25T08:48:59", "2026-07-25T08:48:59+00:00", "2026-02-29T00:00:00Z",
        "2026-07-25T24:00:00Z", "2026-07-25T08:60:00Z", "2026-07-25T08:48:60Z", "2026-07-25 08:48:59Z",
        "2026-07-25T08:48:59.Z", "2026-07-25T08:48:59,5Z", "2026-07-25T08:48:59.1234567890Z", "0000-01-01T00:00:00Z",
        "2026-07-25t08:48:59z", "2026-07-25T08:48:5٩Z", "2026-07-25T-1:48:59Z", "2026-7-25T08:48:59.5Z",
        "１2026-07-25T08:48:59Z",
    ])
    func noTime(text: String) {
        #expect(Timestamp.date(text) == nil)
    }

    @Test func aSentenceNamesTheMember() {
        #expect(
            FieldError(path: "/passwordOptions/length", message: "must be 1").sentence
                == "passwordOptions.length must be 1")
        #expect(FieldError(path: "", message: "must be 1").sentence == "the body must be 1")
    }

    private func faults(_ body: () throws(ProvisioningError) -> Void) -> [String] {
        do throws(ProvisioningError) {
            try body()
            return []
        } catch {
            guard case .invalid(let fields) = error else { return ["\(error)"] }
            return fields.map(\.path)
        }
    }
}

@Suite struct PageTokenTests {
    let tokens = PageTokens(key: Array(repeating: 1, count: 32))

    @Test(arguments: [0, 1, 255, 256, 1_000_000, Int64.max])
    func aTokenLeadsBackToItsPlace(id: Int64) {
        #expect(tokens.place(tokens.token(id)) == id)
        #expect(tokens.token(id).utf8.allSatisfy { Character(Unicode.Scalar($0)).isLetter || $0 < 0x3a || $0 == 0x5f })
    }

    @Test func aTokenThatWasChangedAnywhereIsRefused() {
        let token = tokens.token(4_711)
        for index in token.indices {
            for other in "ABCXYZabcxyz0189-_+/= \u{e9}" where other != token[index] {
                var changed = token
                changed.replaceSubrange(index...index, with: [other])
                #expect(tokens.place(changed) == nil)
            }
        }
        for changed in ["", String(token.dropLast()), token + "A", token + "=", token + token] {
            #expect(tokens.place(changed) == nil)
        }
    }

    @Test func aTokenOfAnotherInstallationIsRefused() {
        #expect(PageTokens(key: Array(repeating: 2, count: 32)).place(tokens.token(1)) == nil)
    }
}
