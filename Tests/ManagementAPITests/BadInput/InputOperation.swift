import HTTPTypes
import Testing

@testable import ManagementAPI

/// A member of a request's body, with what the contract allows it to be.
struct InputMember: Sendable {
    enum Kind: Sendable {
        /// A string of these characters, of as many bytes; each value of a table begins with `start`.
        case text(alphabet: String, lengths: ClosedRange<Int>, start: String)
        /// A string of any characters that can be seen, of as many code points.
        case printable(lengths: ClosedRange<Int>)
        /// A time in the future.
        case time
        /// An array of one of these strings or more, of at most as many elements as there are strings.
        case names([String])
        /// The one string that is given as the sound value.
        case constant
        case object
        case integer(ClosedRange<Int>)
        case boolean
    }

    /// The place as `fieldList` names it.
    let path: String
    let kind: Kind
    /// A value that is taken, as JSON.
    let sound: String
    /// What is named when the member is absent; nil where that is fine.
    var whenAbsent: String?

    var name: String { String(path.split(separator: "/").last ?? "") }
    var isNested: Bool { path.split(separator: "/").count > 1 }

    /// Whether each letter of each script may be in it.
    var takesAnyLetter: Bool {
        if case .printable = kind { true } else { false }
    }

    /// What is named when the member is an array with an array in it.
    var placeOfArray: String {
        if case .names = kind { path + "/0" } else { path }
    }
}

/// An operation with a body, for tables of bodies that are wrong in one place.
struct InputOperation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: HTTPRequest.Method
    /// Where it is, for the user of that name.
    let path: @Sendable (String) -> String
    let members: [InputMember]
    /// What is named when the body is an empty object; nothing where that is fine.
    let whenEmpty: [String]
    /// Whether no body at all is an empty object.
    var isBodyOptional = false

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let home = InputMember.Kind.text(alphabet: letters + "-_:.+/", lengths: 1...1_024, start: "/in")
    private static let description = InputMember.Kind.text(alphabet: letters + "-_/ ", lengths: 1...1_024, start: "")

    static func create(bucket: String) -> InputOperation {
        InputOperation(
            testDescription: "CreateUser", method: .post, path: { _ in Client.users },
            members: [
                InputMember(
                    path: "/homeDirectory", kind: home, sound: "\"/sound/home\"", whenAbsent: "/homeDirectory"),
                InputMember(
                    path: "/description", kind: description, sound: "\"Acme Corp\"", whenAbsent: "/description"),
                InputMember(path: "/bucketName", kind: .constant, sound: "\"\(bucket)\""),
                InputMember(path: "/passwordOptions", kind: .object, sound: #"{"length":16}"#),
                InputMember(
                    path: "/passwordOptions/length", kind: .integer(16...128), sound: "16",
                    whenAbsent: "/passwordOptions/length"),
            ], whenEmpty: ["/homeDirectory", "/description"])
    }

    static func update(bucket: String) -> InputOperation {
        InputOperation(
            testDescription: "UpdateUser", method: .put, path: { "\(Client.users)/\($0)" },
            members: [
                InputMember(path: "/homeDirectory", kind: home, sound: "\"/sound/home\""),
                InputMember(path: "/description", kind: description, sound: "\"Acme Corp\""),
                InputMember(path: "/bucketName", kind: .constant, sound: "\"\(bucket)\""),
            ], whenEmpty: ["/description"])
    }

    static let setAlgorithms = InputOperation(
        testDescription: "SetAlgorithms", method: .put, path: { "/berth/v1/users/\($0)/algorithms" },
        members: [
            InputMember(
                path: "/legacyAlgorithms", kind: .boolean, sound: "false", whenAbsent: "/legacyAlgorithms")
        ], whenEmpty: ["/legacyAlgorithms"])

    static let createKey = InputOperation(
        testDescription: "CreateApiKey", method: .post, path: { _ in "/berth/v1/api-keys" },
        members: [
            InputMember(path: "/name", kind: .printable(lengths: 1...128), sound: "\"ci\"", whenAbsent: "/name"),
            InputMember(
                path: "/rights",
                kind: .names([
                    "users:read", "users:write", "buckets:read", "buckets:write", "metrics:read", "admin",
                ]), sound: #"["users:read","metrics:read"]"#, whenAbsent: "/rights"),
            InputMember(path: "/expiresAt", kind: .time, sound: "\"2099-12-31T23:59:59Z\""),
        ], whenEmpty: ["/name", "/rights"])

    static let resetPassword = InputOperation(
        testDescription: "ResetPassword", method: .post, path: { "/berth/v1/users/\($0)/password" },
        members: [
            InputMember(path: "/passwordOptions", kind: .object, sound: #"{"length":16}"#),
            InputMember(
                path: "/passwordOptions/length", kind: .integer(16...128), sound: "16",
                whenAbsent: "/passwordOptions/length"),
            InputMember(path: "/overlapSeconds", kind: .integer(0...7_776_000), sound: "0"),
            InputMember(path: "/endSessions", kind: .boolean, sound: "false"),
        ], whenEmpty: [], isBodyOptional: true)

    /// The operations with a body, in an installation with that bucket. The last one leaves passwords behind that end on their
    /// own, which no other's table must meet.
    static func all(bucket: String) -> [InputOperation] {
        [create(bucket: bucket), update(bucket: bucket), setAlgorithms, createKey, resetPassword]
    }

    /// A sound body; that of `path` has `value` in its place, or is left out.
    func body(_ path: String? = nil, _ value: String? = nil) -> String {
        object(of: members.filter { !$0.isNested }, path, value)
    }

    private func object(of members: [InputMember], _ path: String?, _ value: String?) -> String {
        let texts = members.compactMap { member -> String? in
            if member.path == path { return value.map { "\"\(member.name)\":\($0)" } }
            let inner = self.members.filter { $0.path.hasPrefix(member.path + "/") }
            guard let path, inner.contains(where: { $0.path == path }) else {
                return "\"\(member.name)\":\(member.sound)"
            }
            return "\"\(member.name)\":\(object(of: inner, path, value))"
        }
        return "{\(texts.joined(separator: ","))}"
    }

    /// A sound body with `text`, members of their own, beside the member of `path`: before all others of its object.
    func body(with text: String, besides path: String) -> String {
        guard let member = members.first(where: { $0.path == path }) else { return body() }
        if !member.isNested { return "{\(text),\(body().dropFirst())" }
        let outer = String(path.prefix(path.utf8.count - member.name.utf8.count - 1))
        return body(outer, "{\(text),\"\(member.name)\":\(member.sound)}")
    }
}

/// One body of a table, and what must become of it.
struct InputCase: Sendable {
    enum Outcome: Equatable, Sendable {
        case taken
        /// A ValidationException with these paths.
        case invalid([String])
        case error(String, Int)
    }

    let name: String
    let body: [UInt8]
    let outcome: Outcome

    init(_ name: String, _ body: [UInt8], _ outcome: Outcome) {
        self.name = name
        self.body = body
        self.outcome = outcome
    }

    init(_ name: String, _ body: String, _ outcome: Outcome) {
        self.init(name, Array(body.utf8), outcome)
    }

    /// No JSON object that Berth reads: the empty path.
    static func unreadable(_ name: String, _ body: String) -> InputCase { InputCase(name, body, .invalid([""])) }
}

extension InputMember {
    /// What becomes of the operation without this member.
    var outcomeWhenAbsent: InputCase.Outcome { whenAbsent.map { .invalid([$0]) } ?? .taken }
}
