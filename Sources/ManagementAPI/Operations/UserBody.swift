import Provisioning
import Registry

/// A user on the wire.
struct UserBody: Encodable {
    let username: String
    let homeDirectory: String
    let description: String
    let bucketName: String
    let endpoint: String
    let port: Int
    let lastConnectedDate: String?
    let password: String?

    init(_ user: User, bucketName: String, endpoint: SFTPEndpoint, password: Password? = nil) {
        username = user.username
        homeDirectory = user.homeDirectory
        description = user.description
        self.bucketName = bucketName
        self.endpoint = endpoint.host
        port = endpoint.port
        lastConnectedDate = user.lastConnectedDate?.description
        self.password = password?.revealed()
    }
}

/// A page of users on the wire.
struct UserPageBody: Encodable {
    let items: [UserBody]
    let nextPageToken: String?
}
