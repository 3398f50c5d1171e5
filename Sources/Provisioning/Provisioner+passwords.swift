import Foundation
import Registry

/// A password that was reset.
public struct PasswordReset: Sendable {
    /// The new password, which is nowhere else.
    public let password: Password
    /// Until when the previous one is valid, too; nil when it is not any more.
    public let previousExpiresAt: Date?
}

// The passwords of users: made anew, with or without a time in which the one before is valid, and ended.
extension Provisioner {
    /// Gives the user a new password, and ends its open sessions where that is asked for: they have when this returns, within a
    /// second.
    public func resetPassword(
        of username: String, _ request: ResetPasswordRequest
    ) async throws(ProvisioningError) -> PasswordReset {
        try checkNotRefused()
        // Before the validation: with a wrong name nothing else about the request matters.
        _ = try await user(named: username)
        let new = try validation.validate(request)
        let reset = try await working { [registry] in
            try registry.resetPassword(of: username, length: new.length, overlapSeconds: new.overlapSeconds)
                .map { PasswordReset(password: $0.0, previousExpiresAt: $0.previousExpiresAt) }
        }
        guard let reset else { throw .noSuchUser }
        if new.endsSessions { await sessions.endSessions(ofUser: username, reason: "the password was changed") }
        return reset
    }

    /// A page of the passwords of the user that are valid, in the order in which they were made.
    public func passwords(
        of username: String, _ request: PageRequest
    ) async throws(ProvisioningError) -> ListPage<StoredPassword> {
        // Before the validation: with a wrong name nothing else about the request matters.
        guard let passwords = try await working({ [registry] in try registry.passwords(of: username) }) else {
            throw .noSuchUser
        }
        let pages = PageValidation(key: registry.pageTokenKey, list: "passwords of \(username)")
        let page = try pages.validate(request)
        let rest = passwords.drop { $0.id <= page.after ?? .min }
        return pages.page(Array(rest.prefix(page.size + 1)), of: page)
    }

    /// Ends a password of the user at once, unless it is the only valid one.
    ///
    /// - Parameter endSessions: whether the user's open sessions end, too.
    public func deletePassword(
        _ id: Int64?, of username: String, endSessions: Field<Bool> = .absent
    ) async throws(ProvisioningError) {
        try checkNotRefused()
        _ = try await user(named: username)
        guard let id else { throw .noSuchPassword }
        var faults = Faults()
        let endsSessions = faults.boolean(endSessions, at: "/endSessions", default: false)
        guard let endsSessions else { throw .invalid(faults.errors) }
        switch try await working({ [registry] in try registry.deletePassword(id, of: username) }) {
        case .deleted: break
        case .noSuchUser: throw .noSuchUser
        case .noSuchPassword: throw .noSuchPassword
        case .last: throw .lastPassword
        }
        if endsSessions { await sessions.endSessions(ofUser: username, reason: "a password was deleted") }
    }
}
