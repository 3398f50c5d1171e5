/// One user of the management API, as it is while one request is made at a time.
///
/// An API key is the same with less: it is made, used (which reads it) and revoked.
package struct UserModel: SequentialModel {
    /// What an answer shows of a user, and what its entity tag stands for.
    package struct Fields: Hashable, Sendable, CustomStringConvertible {
        package var home: String
        package var text: String

        package init(home: String, text: String) {
            (self.home, self.text) = (home, text)
        }

        package var description: String { "\(home) “\(text)”" }
    }

    /// Everything about a user that exists.
    package struct Account: Hashable, Sendable {
        var fields: Fields
        var passwords = ValidPasswords()
    }

    package enum State: Hashable, Sendable {
        case never
        case present(Account)
        /// A name is never given again.
        case gone
    }

    package enum Call: Sendable {
        case create(Fields)
        case read
        /// A page of ListUsers, which shows the user or not.
        case list
        /// - `ifMatch`: what was shown with the tag that the request has in If-Match.
        case update(home: String?, text: String?, ifMatch: Fields?)
        case delete(ifMatch: Fields?)
        case resetPassword(overlaps: Bool)
        case listPasswords
        case deletePassword(Int64)
    }

    package enum Answer: Hashable, Sendable {
        case user(Fields)
        /// 204.
        case done
        /// 404, or the lack of the user in a list of all.
        case absent
        /// 412.
        case preconditionFailed
        /// - `previousEnd`: until when the password before is valid, too.
        case reset(previousEnd: String?)
        case passwords([ValidPasswords.Shown])
        /// 409.
        case lastPassword
    }

    package let initial = State.never

    package init() {}

    package func state(after call: Call, answered answer: Answer?, from state: State) -> State? {
        switch (state, call) {
        case (.never, .create(let fields)):
            (answer ?? .user(fields)) == .user(fields) ? .present(Account(fields: fields)) : nil
        case (_, .create): nil
        case (.present(let account), _): self.state(after: call, answered: answer, of: account)
        // Without an answer nothing has happened.
        case (.never, _), (.gone, _): (answer ?? .absent) == .absent ? state : nil
        }
    }

    package func isPassive(_ call: Call, answered answer: Answer) -> Bool {
        switch (call, answer) {
        case (.read, _), (.list, _), (.listPasswords, _): true
        case (_, .absent), (_, .preconditionFailed), (_, .lastPassword): true
        default: false
        }
    }

    private func state(after call: Call, answered answer: Answer?, of account: Account) -> State? {
        var account = account
        switch call {
        case .create: return nil
        case .read, .list: guard (answer ?? .user(account.fields)) == .user(account.fields) else { return nil }
        case .update(let home, let text, let ifMatch):
            guard ifMatch.map({ $0 == account.fields }) ?? true else { return refused(account, answer) }
            account.fields = Fields(home: home ?? account.fields.home, text: text ?? account.fields.text)
            guard (answer ?? .user(account.fields)) == .user(account.fields) else { return nil }
        case .delete(let ifMatch):
            guard ifMatch.map({ $0 == account.fields }) ?? true else { return refused(account, answer) }
            return (answer ?? .done) == .done ? .gone : nil
        case .resetPassword, .listPasswords, .deletePassword:
            guard account.passwords.change(by: call, answered: answer) else { return nil }
        }
        return .present(account)
    }

    private func refused(_ account: Account, _ answer: Answer?) -> State? {
        (answer ?? .preconditionFailed) == .preconditionFailed ? .present(account) : nil
    }
}
