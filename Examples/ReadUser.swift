import BerthClient

/// Reads a user and prints when it last connected, or that there is none of that name.
func readUser(apiKey: Secret, username: String) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    defer { client.destroy() }

    do {
        let user = try await client.send(ReadUserCommand(username: username))
        if let date = user.lastConnectedDate {
            print("\(user.username) last connected on \(date).")
        } else {
            print("\(user.username) never connected.")
        }
    } catch .resourceNotFound {
        print("There is no user \(username).")
    }
}
