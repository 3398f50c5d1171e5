// What the OpenAPI document says of the operations on users.
extension OperationDescription {
    static let createUser = OperationDescription(
        "CreateUser", "Makes a user",
        text: "The user can log in when the answer is there. The password is in this answer and nowhere else.",
        body: .required(.createUser),
        success: .created(
            .createdUser, "The user, with the password.", headers: [.location, .eTag],
            links: [
                .user("ReadUser"), .user("UpdateUser"), .user("DeleteUser"), .user("ResetPassword"),
                .user("ListPasswords"), .user("SetAlgorithms"),
            ]),
        errors: [.serviceQuotaExceeded, .bucketProvisioningTimeout, .sftpProvisioningTimeout])

    static let listUsers = OperationDescription(
        "ListUsers", "Shows users, in the order of creation",
        text: "A walk over all pages shows each user that exists throughout exactly once.", query: Parameter.page,
        success: .ok(
            .userPage, "A page of users.",
            links: [.nextPage(of: "ListUsers"), .first("ReadUser", "username")]))

    static let readUser = OperationDescription(
        "ReadUser", "Shows a user", success: .ok(.user, "The user.", headers: [.eTag]))

    static let updateUser = OperationDescription(
        "UpdateUser", "Changes a user",
        text: "`PUT`, `POST` and `PATCH` are the same. A new home holds for sessions that begin afterwards.",
        headers: [.ifMatch], body: .required(.updateUser),
        success: .ok(.user, "The user as it is now.", headers: [.eTag]),
        errors: [.preconditionFailed, .bucketProvisioningTimeout, .sftpProvisioningTimeout])

    static let deleteUser = OperationDescription(
        "DeleteUser", "Deletes a user", text: "Files stay; the user's open sessions end within a second.",
        headers: [.ifMatch], success: .noContent("The user is deleted."), errors: [.preconditionFailed])
}

// And on their passwords and algorithms.
extension OperationDescription {
    static let resetPassword = OperationDescription(
        "ResetPassword", "Gives a user a new password",
        text: "At most two passwords are valid at once: with `overlapSeconds` the one before, too, for so long.",
        body: .optional(.resetPassword),
        success: .ok(
            .passwordReset, "The new password, which is nowhere else.", links: [.user("ListPasswords")]))

    static let listPasswords = OperationDescription(
        "ListPasswords", "Shows a user's valid passwords, never themselves",
        text: "In the order in which they were made.", query: Parameter.page,
        success: .ok(
            .passwordPage, "A page of passwords.",
            links: [
                .nextPage(of: "ListPasswords", ofUser), .first("DeletePassword", "id", ofUser),
            ]))

    /// The user in the path of the request: what an answer leads to is that user's, too.
    private static let ofUser = ["username": "$request.path.username"]

    static let deletePassword = OperationDescription(
        "DeletePassword", "Ends a password", text: "The only valid one of a user can't be deleted.",
        query: [.endSessions], success: .noContent("The password is not valid any more."), errors: [.resourceConflict])

    static let getAlgorithms = OperationDescription(
        "GetAlgorithms", "Shows whether a user may log in with weak algorithms",
        success: .ok(.algorithms, "The right, and what is weaker with it."))

    static let setAlgorithms = OperationDescription(
        "SetAlgorithms", "Sets whether a user may log in with weak algorithms",
        text: "Once it is false, the user's open sessions that rest on such algorithms end within a second.",
        body: .required(.setAlgorithms),
        success: .ok(
            .algorithms, "The right, and what is weaker with it.", links: [.user("GetAlgorithms")]))
}
