// The programs of docs/client.md: `ClientExamples NAME [ARGUMENT…]`, with BERTH_API and BERTH_API_KEY in the environment.
import BerthClient
import FoundationEssentials
import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
let apiKey = Secret(ProcessInfo.processInfo.environment["BERTH_API_KEY"] ?? "")

do {
    switch (arguments.first, arguments.count) {
    case ("create-user", 1): try await createUser(apiKey: apiKey)
    case ("delete-user", 2): try await deleteUser(apiKey: apiKey, username: arguments[1])
    case ("list-users", 1): try await listUsers(apiKey: apiKey)
    case ("list-all-users", 1): try await listAllUsers(apiKey: apiKey)
    case ("read-user", 2): try await readUser(apiKey: apiKey, username: arguments[1])
    case ("update-user", 3):
        try await updateUser(apiKey: apiKey, username: arguments[1], description: arguments[2])
    case ("use-client", 1): try await useClient(apiKey: apiKey)
    default:
        print("create-user | delete-user NAME | list-users | list-all-users | read-user NAME | update-user NAME TEXT")
        exit(64)
    }
} catch {
    print("failed: \(error)")
    exit(1)
}
