import BerthClient

/// Makes a client, uses it, and destroys it. What was not destroyed is when nothing refers to it any more.
func useClient(apiKey: Secret) async throws {
    let client = try SftpClient(region: "us", apiKey: apiKey)
    let page = try await client.send(ListUsersCommand(pageSize: 1))
    print("status \(page.metadata.httpStatusCode), attempts \(page.metadata.attempts)")

    client.destroy()
    do {
        _ = try await client.send(ListUsersCommand(pageSize: 1))
    } catch .destroyed {
        print("A client that was destroyed sends nothing.")
    }
}
