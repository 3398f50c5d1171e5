/// What a caller asks for with CreateUser, not validated.
public struct CreateUserRequest: Sendable {
    /// The user's home.
    public var homeDirectory: Field<String>
    /// The operator's words about the user.
    public var description: Field<String>
    /// The service's own bucket, which later published clients know.
    public var bucketName: Field<String>
    /// The object `passwordOptions` with its member `length`.
    public var passwordLength: Field<Field<Int>>

    /// A request with these members.
    public init(
        homeDirectory: Field<String> = .absent, description: Field<String> = .absent,
        bucketName: Field<String> = .absent,
        passwordLength: Field<Field<Int>> = .absent
    ) {
        self.homeDirectory = homeDirectory
        self.description = description
        self.bucketName = bucketName
        self.passwordLength = passwordLength
    }
}

/// What a caller asks for with UpdateUser, not validated.
public struct UpdateUserRequest: Sendable {
    /// The new home.
    public var homeDirectory: Field<String>
    /// The new words about the user.
    public var description: Field<String>
    /// The service's own bucket.
    public var bucketName: Field<String>

    /// A request with these members.
    public init(
        homeDirectory: Field<String> = .absent, description: Field<String> = .absent,
        bucketName: Field<String> = .absent
    ) {
        self.homeDirectory = homeDirectory
        self.description = description
        self.bucketName = bucketName
    }
}

/// What a caller asks for with SetAlgorithms, not validated.
public struct SetAlgorithmsRequest: Sendable {
    /// Whether the user may log in where weak algorithms were agreed.
    public var legacyAlgorithms: Field<Bool>

    /// A request with this member.
    public init(legacyAlgorithms: Field<Bool> = .absent) {
        self.legacyAlgorithms = legacyAlgorithms
    }
}

/// What a caller asks for with ResetPassword, not validated.
public struct ResetPasswordRequest: Sendable {
    /// The object `passwordOptions` with its member `length`.
    public var passwordLength: Field<Field<Int>>
    /// For how long the password before stays valid.
    public var overlapSeconds: Field<Int>
    /// Whether the user's open sessions end.
    public var endSessions: Field<Bool>

    /// A request with these members.
    public init(
        passwordLength: Field<Field<Int>> = .absent, overlapSeconds: Field<Int> = .absent,
        endSessions: Field<Bool> = .absent
    ) {
        self.passwordLength = passwordLength
        self.overlapSeconds = overlapSeconds
        self.endSessions = endSessions
    }
}

/// What a caller asks for with a list that comes in pages, not validated.
public struct PageRequest: Sendable {
    /// Entries on a page.
    public var pageSize: Field<Int>
    /// The `nextPageToken` of the page before.
    public var pageToken: Field<String>

    /// A request with these members.
    public init(pageSize: Field<Int> = .absent, pageToken: Field<String> = .absent) {
        self.pageSize = pageSize
        self.pageToken = pageToken
    }
}
