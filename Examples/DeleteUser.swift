import BerthClient

/// Deletes a user. Its files stay where they are, in the bucket below its home directory.
func deleteUser(apiKey: Secret, username: String) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    defer { client.destroy() }

    let user = try await client.send(ReadUserCommand(username: username))
    _ = try await client.send(DeleteUserCommand(username: username))
    print("The user \(user.username) is deleted. Its files stay: \(user.bucketName)\(user.homeDirectory)")
}
