import BerthClient

/// Changes what is known about a user, and prints the user as it is then.
func updateUser(apiKey: Secret, username: String, description: String) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    defer { client.destroy() }

    let user = try await client.send(UpdateUserCommand(username: username, description: description))
    print("\(user.username): \(user.description)")
}
