import Foundation
import Linearizability
import ServiceTestSupport
import Synchronization

/// The API keys that all clients of a race work on at the moment.
final class RacedKeys: Sendable {
    struct Key {
        let id: String
        let name: String
        let secret: String
    }

    private let keys = Mutex<[Key]>([])

    var all: [Key] { keys.withLock(\.self) }

    func add(_ key: Key) { keys.withLock { $0.append(key) } }

    func remove(_ id: String) { keys.withLock { $0.removeAll { $0.id == id } } }
}

/// One of many clients that make, use, list and revoke the same few API keys at once.
final class KeyClient {
    private(set) var testimony = Testimony()
    private let number: Int
    private let keys: RacedKeys
    private let connection: HTTPConnection
    private var random: SeededRandom
    private var made = 0

    init(_ number: Int, of keys: RacedKeys, port: UInt16, key: String, seed: UInt64) {
        self.number = number
        self.keys = keys
        connection = HTTPConnection(port: port, key: key)
        random = SeededRandom(seed: seed &+ UInt64(number))
    }

    func step() {
        let all = keys.all
        guard all.count >= 3, let key = all.randomElement(using: &random) else { return create() }
        switch Int.random(in: 0..<20, using: &random) {
        case 0...2: list()
        case 3, 4: revoke(key)
        default: use(key)
        }
    }

    private func create() {
        made += 1
        let fields = UserModel.Fields(home: "", text: "\(number)-\(made)")
        let body = #"{"name": "\#(fields.text)", "rights": ["users:read"]}"#
        ask(.create(fields), "POST", "/berth/v1/api-keys", body: body) { [keys] answer in
            guard let id = answer.json["id"] as? String, let secret = answer.json["apiKey"] as? String else {
                return nil
            }
            keys.add(RacedKeys.Key(id: id, name: fields.text, secret: secret))
            return answer.status == 201 ? (id, .user(fields)) : nil
        }
    }

    private func use(_ key: RacedKeys.Key) {
        ask(.read, "GET", "/2022-04-01/users?pageSize=1", key: key.secret) { [keys] answer in
            switch answer.status {
            case 200: return (key.id, .user(UserModel.Fields(home: "", text: key.name)))
            case 401:
                keys.remove(key.id)
                return (key.id, .absent)
            default: return nil
            }
        }
    }

    private func revoke(_ key: RacedKeys.Key) {
        ask(.delete(ifMatch: nil), "DELETE", "/berth/v1/api-keys/\(key.id)") { answer in
            switch answer.status {
            case 204: (key.id, .done)
            case 404: (key.id, .absent)
            default: nil
            }
        }
    }

    private func list() {
        let began = Testimony.now
        let page = try? connection.send("GET", "/berth/v1/api-keys?pageSize=50")
        guard let page, page.status == 200, let items = page.json["items"] as? [[String: Any]] else {
            return testimony.surprises.append("a page of keys: \(String(describing: page))")
        }
        // The one that the requests come with was there before.
        let shown = items.filter { $0["name"] as? String != "tests" }.compactMap { item in
            (item["id"] as? String).map { ($0, UserModel.Fields(home: "", text: item["name"] as? String ?? "")) }
        }
        testimony.pages.append(
            .init(
                began: began, ended: Testimony.now, shown: Dictionary(shown) { first, _ in first },
                isWhole: page.json["nextPageToken"] == nil))
    }

    private func ask(
        _ call: UserModel.Call, _ method: String, _ path: String, body: String? = nil, key: String? = nil,
        _ read: (API.Response) -> (id: String, UserModel.Answer)?
    ) {
        let began = Testimony.now
        let answer = try? connection.send(method, path, body: body, key: key)
        let ended = Testimony.now
        guard let answer, let (id, told) = read(answer) else {
            return testimony.surprises.append("\(call) → \(String(describing: answer))")
        }
        testimony.calls.append((id, .init(call, answered: told, from: began, to: ended)))
    }
}
