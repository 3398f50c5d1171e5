import Foundation
import Linearizability
import ServiceTestSupport
import Synchronization

/// The users that all clients of a race work on at the moment.
final class RacedUsers: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock(\.self) }

    func add(_ name: String) { names.withLock { if !$0.contains(name) { $0.append(name) } } }

    func remove(_ name: String) { names.withLock { $0.removeAll { $0 == name } } }
}

/// One of many clients that work on the same few users at once, each waiting for its answers, and that cuts its connection
/// now and then.
final class RacingClient {
    /// As many users are worked on at once.
    private static let usersAtOnce = 4

    private(set) var testimony = Testimony()
    private let number: Int
    private let users: RacedUsers
    private let connection: HTTPConnection
    private var random: SeededRandom
    private var textsGiven = 0
    /// What was shown of a user with which entity tag, at some time.
    private var shown: [String: (fields: UserModel.Fields, tag: String)] = [:]
    private var passwordIDs: [String: [Int64]] = [:]

    init(_ number: Int, of users: RacedUsers, port: UInt16, key: String, seed: UInt64) {
        self.number = number
        self.users = users
        connection = HTTPConnection(port: port, key: key)
        random = SeededRandom(seed: seed &+ UInt64(number))
    }

    /// Asks for something, as chance has it.
    func step() {
        guard let name = users.all.randomElement(using: &random), users.all.count >= Self.usersAtOnce else {
            return create()
        }
        let seen = shown[name]
        switch chance(100) {
        case ..<6: list(pageSize: [3, 50][chance(2)])
        case ..<26: ask(.read, of: name)
        case ..<41: ask(.update(home: nil, text: text(), ifMatch: nil), of: name)
        case ..<49: ask(.update(home: home(), text: nil, ifMatch: nil), of: name)
        case ..<53: ask(.update(home: home(), text: text(), ifMatch: nil), of: name)
        case ..<68: ask(.update(home: nil, text: text(), ifMatch: seen?.fields), of: name, tag: seen?.tag)
        case ..<70: ask(.delete(ifMatch: nil), of: name)
        case ..<73: ask(.delete(ifMatch: seen?.fields), of: name, tag: seen?.tag)
        case ..<82: ask(.resetPassword(overlaps: chance(3) > 0), of: name)
        case ..<93: ask(.listPasswords, of: name)
        default: deletePassword(of: name)
        }
    }

    /// Looks at what is left when nobody else is there: at each user and at the list.
    func lookAtAll(_ names: some Sequence<String>) {
        for name in names {
            for call in [UserModel.Call.read, .listPasswords] { ask(call, of: name, cut: .never) }
        }
        list(pageSize: 50)
    }

    private func create() {
        let fields = UserModel.Fields(home: home(), text: text())
        ask(.create(fields), of: nil)
    }

    private func deletePassword(of name: String) {
        guard let id = passwordIDs[name]?.randomElement(using: &random) else { return ask(.listPasswords, of: name) }
        ask(.deletePassword(id), of: name)
    }

    /// - Parameter tag: the entity tag that stands for what the call says of If-Match.
    private func ask(_ call: UserModel.Call, of name: String?, tag: String? = nil, cut: HTTPConnection.Cut? = nil) {
        let request = UserRequest(call, of: name)
        let cut = cut ?? someCut()
        let began = Testimony.now
        let response: API.Response?
        do {
            response = try connection.send(
                request.method, request.path, body: request.body, headers: tag.map { ["If-Match": $0] } ?? [:],
                cut: cut)
        } catch {
            return testimony.surprises.append("\(call): \(error)")
        }
        let ended = Testimony.now
        guard let response else {
            // What was never whole must not have happened, so nobody is told of it.
            if case .inRequest = cut { return }
            return lose(call, of: name, began)
        }
        guard let answer = UserRequest.answer(response, to: call),
            let name = name ?? response.json["username"] as? String
        else { return testimony.surprises.append("\(call) → \(response)") }
        testimony.calls.append((name, .init(call, answered: answer, from: began, to: ended)))
        learn(answer, of: name, tag: response.headers["etag"])
        if case .create = call { users.add(name) }
    }

    private func lose(_ call: UserModel.Call, of name: String?, _ began: UInt64) {
        let recorded = Testimony.Recorded(lost: call, from: began)
        if case .create(let fields) = call {
            testimony.lostCreations[fields.text] = recorded
        } else if let name {
            testimony.calls.append((name, recorded))
        }
    }

    private func learn(_ answer: UserModel.Answer, of name: String, tag: String?) {
        switch answer {
        case .user(let fields):
            guard let tag else { return testimony.surprises.append("\(name) was shown without a tag") }
            testimony.tags.append((name, fields, tag))
            // An older tag is kept now and then, and used when it is long outdated.
            if shown[name] == nil || chance(3) > 0 { shown[name] = (fields, tag) }
        case .passwords(let passwords):
            passwordIDs[name] = Array(((passwordIDs[name] ?? []) + passwords.map(\.id)).suffix(4))
        // For a while others go on with a user that is gone.
        case .absent: if chance(3) == 0 { users.remove(name) }
        default: break
        }
    }

    /// A walk over all users. What a page shows was so while it was asked for, whatever the others show.
    private func list(pageSize: Int) {
        var token: String?
        repeat {
            let began = Testimony.now
            let query = token.map { "&pageToken=\($0)" } ?? ""
            let page = try? connection.send("GET", "/2022-04-01/users?pageSize=\(pageSize)\(query)")
            guard let page, page.status == 200, let items = page.json["items"] as? [[String: Any]] else {
                return testimony.surprises.append("a page of users: \(String(describing: page))")
            }
            let next = page.json["nextPageToken"] as? String
            let found = items.compactMap { item in
                (item["username"] as? String).flatMap { name in UserRequest.fields(item).map { (name, $0) } }
            }
            if found.count != items.count { testimony.surprises.append("a page of users: \(page)") }
            testimony.pages.append(
                .init(
                    began: began, ended: Testimony.now, shown: Dictionary(found) { first, _ in first },
                    isWhole: token == nil && next == nil))
            // Also those whose making nobody was told of.
            for (name, _) in found where chance(4) == 0 { users.add(name) }
            token = next
        } while token != nil
    }

    private func someCut() -> HTTPConnection.Cut {
        switch chance(60) {
        case 0: .inRequest
        case 1, 2: .beforeAnswer(waiting: Double(chance(4)) / 100)
        default: .never
        }
    }

    /// Mostly one that nobody else gives; sometimes one that comes again and again.
    private func text() -> String {
        textsGiven += 1
        return textsGiven > 20 && chance(8) == 0 ? "again" : "\(number)-\(textsGiven)"
    }

    /// One of few, within each other.
    private func home() -> String { ["/race", "/race/a", "/race/a/b", "/race/b", "/elsewhere/c"][chance(5)] }

    private func chance(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
}
