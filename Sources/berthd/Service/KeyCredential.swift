import Audit
import Foundation
import Glibc
import Logging
import Registry

/// The credential that holds an API key with the right `admin` (systemd.exec(5), `LoadCredential=`): the first key of a service
/// that nobody runs commands for. The key is valid while the service finds it there.
enum KeyCredential {
    /// More than a key and the end of its line, so that what is longer is seen to be.
    private static let readLimitBytes = 64

    /// Makes the key valid and ends the one that was there before, if that was another; complains when no key is left that may
    /// make others.
    ///
    /// - Parameter directory: `CREDENTIALS_DIRECTORY`; nil where there is none.
    static func adopt(
        from directory: String?, into registry: Registry, audit: any AuditTrail, logger: Logger
    ) throws {
        let change = try registry.setCredentialKey(directory.flatMap(digest(in:)))
        for id in change.ended {
            logger.info("API key of the credential ended", metadata: ["revoked_id": "\(id)"])
            audit.record(AuditEvent(.keyRevoked, .done, by: .service, [.init("key_id", String(id))]))
        }
        switch change.present {
        case .none, .unchanged: break
        case .taken(let key):
            logger.info(
                "API key of the credential taken", metadata: ["created": "\(key.name)", "created_id": "\(key.id)"])
            audit.record(
                AuditEvent(
                    .keyCreated, .done, by: .service,
                    [
                        .init("key_id", String(key.id)), .init("key", key.name),
                        .init("rights", .texts(key.rights.sorted().map(\.rawValue))),
                    ]))
        case .revoked(let id):
            logger.error(
                "the API key of the credential was revoked and is not valid: put another one there",
                metadata: ["credential": "\(APIKey.credentialName)", "revoked_id": "\(id)"])
        }
        guard try !registry.hasAdministrator() else { return }
        logger.warning(
            "no valid API key has the right admin: make one on this machine",
            metadata: ["command": "berthd api-key create --name NAME"])
    }

    /// The digest of the key; nil when the credential is not there.
    static func digest(in directory: String) throws(StartFailure) -> APIKeyDigest? {
        let descriptor = open("\(directory)/\(APIKey.credentialName)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw unreadable()
        }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readLimitBytes, alignment: 1)
        defer {
            if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
            buffer.deallocate()
        }
        var count = 0
        while count < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let part = read(descriptor, rest.baseAddress, rest.count)
            if part == -1, errno == EINTR { continue }
            guard part >= 0 else { throw unreadable() }
            if part == 0 { break }
            count += part
        }
        var key = UnsafeRawBufferPointer(buffer)[..<count]
        // Editors and echo(1) end the line.
        if key.last == UInt8(ascii: "\n") { key.removeLast() }
        guard let digest = APIKeyDigest(of: UnsafeRawBufferPointer(rebasing: key)) else {
            throw StartFailure(
                description:
                    "the credential \(APIKey.credentialName) holds no API key: it must be berth_ and 43 of the characters "
                    + "A-Z a-z 0-9 - _, as berthd api-key create makes it")
        }
        return digest
    }

    private static func unreadable() -> StartFailure {
        let reason = String(cString: strerror(errno))
        return StartFailure(description: "the credential \(APIKey.credentialName) can't be read: \(reason)")
    }
}
