import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry

/// Decides from the request's head alone whether it may do what it asks for.
struct Authentication: Sendable {
    let registry: Registry
    let queue: BlockingQueue
    let rates: RequestRates
    let connections: Connections
    let unauthorized: UnauthorizedLog

    /// The key of `Authorization: Key …` (or `Bearer …`), if it has the right.
    func authenticate(
        _ headers: HTTPFields, _ context: APIContext, right: AccessRight, trace: RequestTrace, logger: Logger
    ) async throws(APIError) -> APIKey {
        guard let presented = Self.presentedKey(headers), let key = try await lookUp(presented) else {
            connections.forget(context.channel)
            if unauthorized.admit(from: context.source) {
                logger.info("API key refused")
            } else {
                trace.noteCountedOnly()
            }
            throw APIError(
                .unauthorized, "A valid API key is needed: Authorization: Key <apiKey>.",
                headers: [.wwwAuthenticate: "Key"])
        }
        connections.know(context.channel)
        trace.note(key)
        try rates.admit(key)
        await recordUse(of: key, logger)
        guard key.allows(right) else {
            logger.info(
                "API key lacks the right",
                metadata: ["key": "\(key.name)", "key_id": "\(key.id)", "right": "\(right.rawValue)"])
            throw APIError(.accessDenied, "The API key lacks the right \(right.rawValue).")
        }
        return key
    }

    /// The credentials behind the scheme (RFC 9110 section 11.4: its name in any case, one or more spaces).
    static func presentedKey(_ headers: HTTPFields) -> String? {
        guard let value = headers[.authorization] else { return nil }
        let scheme = value.prefix { $0 != " " }
        guard ["key", "bearer"].contains(scheme.lowercased()) else { return nil }
        return String(value.dropFirst(scheme.count).drop { $0 == " " })
    }

    private func lookUp(_ presented: String) async throws(APIError) -> APIKey? {
        do {
            return try await queue.run { [registry] in try registry.apiKey(matching: presented) }
        } catch {
            throw APIError(ProvisioningError(error))
        }
    }

    /// A use that can't be noted, with a full disk, is no reason to refuse the request.
    private func recordUse(of key: APIKey, _ logger: Logger) async {
        let today = CalendarDate.today
        guard key.lastUsedDate != today else { return }
        do {
            try await queue.run { [registry] in try registry.recordUse(of: key, on: today) }
        } catch {
            logger.warning(
                "use of an API key not noted",
                metadata: ["key": "\(key.name)", "key_id": "\(key.id)", "reason": "\(RegistryError(error))"])
        }
    }
}
