/// The one place where requests are validated: every wrong member is found, not just the first.
struct UserValidation {
    /// A validated CreateUser.
    struct NewUser: Equatable {
        let homeDirectory: String
        let description: String
        let passwordLength: Int
    }

    /// A validated UpdateUser: at least one of the two is there.
    struct Changes: Equatable {
        let homeDirectory: String?
        let description: String?
    }

    /// A validated ListUsers.
    struct Page: Equatable {
        let size: Int
        let after: Int64?
    }

    /// The only bucket there is.
    let bucketName: String
    /// The maker of page tokens.
    let tokens: PageTokens

    func validate(_ request: CreateUserRequest) throws(ProvisioningError) -> NewUser {
        var faults = Faults()
        let homeDirectory = faults.text(request.homeDirectory, at: "/homeDirectory", required: true) {
            UserRules.fault(homeDirectory: $0)
        }
        let description = faults.text(request.description, at: "/description", required: true) {
            UserRules.fault(description: $0)
        }
        checkBucketName(request.bucketName, &faults)
        let length = passwordLength(request.passwordLength, &faults)
        guard faults.errors.isEmpty, let homeDirectory, let description else { throw .invalid(faults.errors) }
        return NewUser(homeDirectory: homeDirectory, description: description, passwordLength: length)
    }

    func validate(_ request: UpdateUserRequest) throws(ProvisioningError) -> Changes {
        var faults = Faults()
        let homeDirectory = faults.text(request.homeDirectory, at: "/homeDirectory", required: false) {
            UserRules.fault(homeDirectory: $0)
        }
        let description = faults.text(request.description, at: "/description", required: false) {
            UserRules.fault(description: $0)
        }
        checkBucketName(request.bucketName, &faults)
        if request.homeDirectory == .absent, request.description == .absent {
            faults.add("/description", "must be given, or homeDirectory, or both")
        }
        guard faults.errors.isEmpty else { throw .invalid(faults.errors) }
        return Changes(homeDirectory: homeDirectory, description: description)
    }

    /// Whether weak algorithms are allowed.
    func validate(_ request: SetAlgorithmsRequest) throws(ProvisioningError) -> Bool {
        let path = "/legacyAlgorithms"
        switch request.legacyAlgorithms {
        case .value(let isAllowed): return isAllowed
        case .absent: throw .invalid([FieldError(path: path, message: "must be given: true or false")])
        case .wrongType: throw .invalid([FieldError(path: path, message: "must be true or false")])
        case .repeated: throw .invalid([FieldError(path: path, message: Faults.repeatedRule)])
        }
    }

    func validate(_ request: ListUsersRequest) throws(ProvisioningError) -> Page {
        var faults = Faults()
        let size = faults.integer(
            request.pageSize, at: "/pageSize", UserRules.pageSizes, default: UserRules.defaultPageSize)
        var after: Int64?
        switch request.pageToken {
        case .absent: break
        case .repeated: faults.add("/pageToken", Faults.repeatedRule)
        case .wrongType: faults.add("/pageToken", Self.tokenRule)
        case .value(let token):
            after = tokens.place(token)
            if after == nil { faults.add("/pageToken", Self.tokenRule) }
        }
        guard faults.errors.isEmpty else { throw .invalid(faults.errors) }
        return Page(size: size, after: after)
    }

    private static let tokenRule = "must be the nextPageToken of an earlier response"

    private func checkBucketName(_ field: Field<String>, _ faults: inout Faults) {
        let name = bucketName
        _ = faults.text(field, at: "/bucketName", required: false) {
            Array($0.utf8) == Array(name.utf8) ? nil : "must be \"\(name)\""
        }
    }

    private func passwordLength(_ field: Field<Field<Int>>, _ faults: inout Faults) -> Int {
        switch field {
        case .absent: return UserRules.defaultPasswordLength
        case .repeated: faults.add("/passwordOptions", Faults.repeatedRule)
        case .wrongType: faults.add("/passwordOptions", "must be an object")
        case .value(.absent):
            faults.add("/passwordOptions/length", "must be given: \(Faults.rule(UserRules.passwordLengths))")
        case .value(let length):
            return faults.integer(
                length, at: "/passwordOptions/length", UserRules.passwordLengths,
                default: UserRules.defaultPasswordLength)
        }
        return UserRules.defaultPasswordLength
    }
}

/// The wrong members found so far.
private struct Faults {
    static let repeatedRule = "must be given only once"

    private(set) var errors: [FieldError] = []

    static func rule(_ range: ClosedRange<Int>) -> String {
        "an integer from \(range.lowerBound) to \(range.upperBound)"
    }

    mutating func add(_ path: String, _ message: String) {
        errors.append(FieldError(path: path, message: message))
    }

    mutating func text(
        _ field: Field<String>, at path: String, required: Bool, _ fault: (String) -> String?
    ) -> String? {
        switch field {
        case .absent:
            if required { add(path, "must be given") }
            return nil
        case .repeated:
            add(path, Self.repeatedRule)
            return nil
        case .wrongType:
            add(path, "must be a string")
            return nil
        case .value(let text):
            guard let fault = fault(text) else { return text }
            add(path, fault)
            return nil
        }
    }

    mutating func integer(
        _ field: Field<Int>, at path: String, _ range: ClosedRange<Int>, default defaultValue: Int
    ) -> Int {
        switch field {
        case .absent: return defaultValue
        case .value(let number) where range.contains(number): return number
        case .repeated:
            add(path, Self.repeatedRule)
            return defaultValue
        case .wrongType, .value:
            add(path, "must be \(Self.rule(range))")
            return defaultValue
        }
    }
}
