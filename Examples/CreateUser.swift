import BerthClient

/// Makes a user with a home directory and a description, and prints it with its password, which is shown this once.
func createUser(apiKey: Secret) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    defer { client.destroy() }

    let result = try await client.send(
        CreateUserCommand(
            homeDirectory: "/partners/acme", description: "Acme Corp", passwordOptions: PasswordOptions(length: 24)))
    print("username: \(result.username)")
    print("password: \(result.password.revealed())")
    print("home directory: \(result.homeDirectory)")
    print("connects to: \(result.endpoint) port \(result.port)")
}
