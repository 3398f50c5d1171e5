import BerthClient

/// Walks all users page by page, until there is no token for a next page.
func listUsers(apiKey: Secret) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    defer { client.destroy() }

    var token: String?
    repeat {
        let page = try await client.send(ListUsersCommand(pageSize: 7, pageToken: token))
        for user in page.items { print(user.username, user.homeDirectory) }
        token = page.nextPageToken
    } while token != nil
}

/// The same by the library's own walk.
func listAllUsers(apiKey: Secret) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    defer { client.destroy() }

    for try await user in client.users(pageSize: 7) { print(user.username, user.homeDirectory) }
}
