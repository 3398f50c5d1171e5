import BerthClient
import FoundationEssentials

/// A new password as the program shows it.
struct PasswordView: Encodable {
    let username: String
    let password: String
    let previousPasswordExpiresAt: Date?

    init(_ output: ResetPasswordCommand.Output) {
        username = output.username
        password = output.password.revealed()
        previousPasswordExpiresAt = output.previousPasswordExpiresAt
    }

    /// Lines for a person.
    var fields: [(label: String, value: String?)] {
        [
            ("username", username), ("password", password + "  (shown this once)"),
            (
                "old password",
                previousPasswordExpiresAt.map { "valid until " + Timestamp.text($0) } ?? "no longer valid"
            ),
        ]
    }
}
