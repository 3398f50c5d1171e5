import Registry

/// One page of a walk over all users.
public struct UserPage: Sendable, Equatable {
    /// The users in the order of creation.
    public let users: [User]
    /// What leads to the next page; nil on the last one.
    public let nextPageToken: String?
}
