import BucketStore
import Registry

/// Why a user could not be provisioned.
public enum ProvisioningError: Error, Sendable, Equatable {
    /// Members of the request are wrong; all of them.
    case invalid([FieldError])
    /// There is no user of that name.
    case noSuchUser
    /// The address is not blocked.
    case noSuchBlock
    /// The user has no valid password of that id.
    case noSuchPassword
    /// The password is the user's only valid one.
    case lastPassword
    /// There is no API key of that id, or it was revoked.
    case noSuchAPIKey
    /// The API key is the only valid one with the right `admin`.
    case lastAdminKey
    /// The API key is the one of the service's credential.
    case credentialKey
    /// There is no session of that id.
    case noSuchSession
    /// The user is not any more, or not yet, as the caller knows it.
    case preconditionFailed
    /// As many users exist as the operator allows.
    case userLimitReached(limit: Int)
    /// The bucket could not be made in time.
    case bucketTimeout
    /// The home could not be made in time.
    case homeTimeout
    /// The registry or the disk can't be written, or the service is stopping; the reason is for the log.
    case unavailable(reason: String)
    /// A fault in Berth itself, or one that leaves it open whether a change was made; the reason is for the log.
    case unexpected(reason: String)

    init(_ error: RegistryError) {
        switch error {
        case .userLimitReached(let limit): self = .userLimitReached(limit: limit)
        case .unwritable, .busy: self = .unavailable(reason: error.description)
        // Not `unavailable`, after which everybody may try again: a user could be made twice.
        case .inDoubt: self = .unexpected(reason: error.description)
        case .unopenable, .newerSchema, .damaged, .unexpected: self = .unexpected(reason: error.description)
        }
    }

    init(_ error: BucketStoreError) {
        if error.isObstructed {
            let message = "must not lead through something that is no directory"
            self = .invalid([FieldError(path: "/homeDirectory", message: message)])
        } else if error.isTransient {
            self = .unavailable(reason: error.description)
        } else {
            self = .unexpected(reason: error.description)
        }
    }

    /// The one translation of what is thrown below.
    public init(_ error: any Error) {
        switch error {
        case let error as ProvisioningError: self = error
        case let error as RegistryError: self.init(error)
        case let error as BucketStoreError: self.init(error)
        default: self = .unexpected(reason: String(describing: type(of: error)))
        }
    }
}
