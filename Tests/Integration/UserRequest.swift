import Linearizability
import ServiceTestSupport

/// A call of the model as the request that it is, and its answer back.
struct UserRequest {
    let method: String
    let path: String
    let body: String?

    init(_ call: UserModel.Call, of name: String?) {
        let user = "/2022-04-01/users/\(name ?? "")"
        let passwords = "/berth/v1/users/\(name ?? "")/password"
        (method, path, body) =
            switch call {
            case .create(let fields):
                (
                    "POST", "/2022-04-01/users",
                    #"{"homeDirectory": "\#(fields.home)", "description": "\#(fields.text)"}"#
                )
            case .list: ("GET", "/2022-04-01/users", nil)
            case .read: ("GET", user, nil)
            case .update(let home, let text, _):
                (
                    "PUT", user,
                    "{"
                        + [
                            home.map { #""homeDirectory": "\#($0)""# },
                            text.map { #""description": "\#($0)""# },
                        ].compactMap(\.self).joined(separator: ", ") + "}"
                )
            case .delete: ("DELETE", user, nil)
            case .resetPassword(let overlaps): ("POST", passwords, #"{"overlapSeconds": \#(overlaps ? 3_600 : 0)}"#)
            case .listPasswords: ("GET", passwords + "s", nil)
            case .deletePassword(let id): ("DELETE", passwords + "s/\(id)", nil)
            }
    }

    /// Nil for one that no state of the user explains.
    static func answer(_ response: API.Response, to call: UserModel.Call) -> UserModel.Answer? {
        switch (call, response.status) {
        case (.create, 201), (.read, 200), (.update, 200): fields(response.json).map(UserModel.Answer.user)
        case (.create, _): nil
        case (.delete, 204), (.deletePassword, 204): .done
        case (_, 404): response.code == "ResourceNotFoundException" ? .absent : nil
        case (.update, 412), (.delete, 412): .preconditionFailed
        case (.deletePassword, 409): .lastPassword
        case (.resetPassword, 200): .reset(previousEnd: response.json["previousPasswordExpiresAt"] as? String)
        case (.listPasswords, 200): passwords(response).map(UserModel.Answer.passwords)
        default: nil
        }
    }

    static func fields(_ json: [String: Any]) -> UserModel.Fields? {
        guard let home = json["homeDirectory"] as? String, let text = json["description"] as? String else { return nil }
        return UserModel.Fields(home: home, text: text)
    }

    private static func passwords(_ response: API.Response) -> [ValidPasswords.Shown]? {
        guard let items = response.json["items"] as? [[String: Any]] else { return nil }
        let shown = items.compactMap { item in
            (item["id"] as? String).flatMap { Int64($0) }.map {
                ValidPasswords.Shown(id: $0, end: item["expiresAt"] as? String)
            }
        }
        return shown.count == items.count ? shown : nil
    }
}
