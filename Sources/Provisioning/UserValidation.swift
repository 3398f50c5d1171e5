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

    /// A validated ResetPassword.
    struct NewPassword: Equatable {
        let length: Int
        let overlapSeconds: Int
        let endsSessions: Bool
    }

    /// The only bucket there is.
    let bucketName: String

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
        var faults = Faults()
        let isAllowed = faults.boolean(request.legacyAlgorithms, at: "/legacyAlgorithms", default: nil)
        guard let isAllowed else { throw .invalid(faults.errors) }
        return isAllowed
    }

    func validate(_ request: ResetPasswordRequest) throws(ProvisioningError) -> NewPassword {
        var faults = Faults()
        let length = passwordLength(request.passwordLength, &faults)
        let overlap = faults.integer(
            request.overlapSeconds, at: "/overlapSeconds", UserRules.overlapSeconds, default: 0)
        let endsSessions = faults.boolean(request.endSessions, at: "/endSessions", default: false)
        guard faults.errors.isEmpty, let endsSessions else { throw .invalid(faults.errors) }
        return NewPassword(length: length, overlapSeconds: overlap, endsSessions: endsSessions)
    }

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
