import Foundation
import Registry

/// What a caller asks for with CreateApiKey, not validated.
public struct CreateAPIKeyRequest: Sendable {
    /// The operator's name for the key.
    public var name: Field<String>
    /// The names of the rights.
    public var rights: Field<[Field<String>]>
    /// From when on the key is refused: `2026-07-25T08:48:59.523Z`.
    public var expiresAt: Field<String>

    /// A request with these members.
    public init(
        name: Field<String> = .absent, rights: Field<[Field<String>]> = .absent, expiresAt: Field<String> = .absent
    ) {
        self.name = name
        self.rights = rights
        self.expiresAt = expiresAt
    }
}

/// The keys of the management API, for those who may make and end keys.
public struct APIKeyAdministration: Sendable {
    private let registry: Registry
    private let queue: BlockingQueue
    private let pages: PageValidation
    private let check: @Sendable () throws(ProvisioningError) -> Void

    /// Keys in `registry`; changes are refused while `provisioner` refuses them.
    public init(registry: Registry, provisioner: Provisioner, queue: BlockingQueue) {
        self.registry = registry
        self.queue = queue
        pages = PageValidation(key: registry.pageTokenKey, list: "api-keys")
        check = { () throws(ProvisioningError) in try provisioner.checkNotRefused() }
    }

    /// Makes a key. The secret is in the result and nowhere else.
    public func create(_ request: CreateAPIKeyRequest) async throws(ProvisioningError) -> (APIKey, Secret) {
        try check()
        var faults = Faults()
        let name = faults.text(request.name, at: "/name", required: true) { APIKeyRules.fault(name: $0) }
        let rights = Self.rights(request.rights, &faults)
        let expiresAt = Self.expiry(request.expiresAt, &faults)
        guard faults.errors.isEmpty, let name else { throw .invalid(faults.errors) }
        let made = try await run { [registry] in
            let (key, secret) = try registry.createAPIKey(name: name, rights: rights, expiresAt: expiresAt)
            return NewKey(key: key, secret: secret)
        }
        return (made.key, made.secret)
    }

    /// A page of the keys that were not revoked, in the order of creation, those that have expired included.
    public func list(_ request: PageRequest) async throws(ProvisioningError) -> ListPage<APIKey> {
        let page = try pages.validate(request)
        let keys = try await run { [registry] in try registry.apiKeys(after: page.after, limit: page.size + 1) }
        return pages.page(keys, of: page)
    }

    /// Ends a key at once, unless it is the only valid one with the right `admin`, or the one of the credential.
    public func delete(_ id: Int64?) async throws(ProvisioningError) {
        try check()
        guard let id else { throw .noSuchAPIKey }
        switch try await run({ [registry] in try registry.revokeAPIKey(id: id, guarded: true) }) {
        case .revoked: break
        case .noSuchKey: throw .noSuchAPIKey
        case .lastAdmin: throw .lastAdminKey
        case .fromCredential: throw .credentialKey
        }
    }

    private struct NewKey: Sendable {
        let key: APIKey
        let secret: Secret
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws(ProvisioningError) -> Value {
        do {
            return try await queue.run(work)
        } catch {
            throw ProvisioningError(error)
        }
    }

    private static func rights(_ field: Field<[Field<String>]>, _ faults: inout Faults) -> Set<AccessRight> {
        let names = AccessRight.allCases.map(\.rawValue).joined(separator: ", ")
        switch field {
        case .absent: faults.add("/rights", "must be given: one or more of \(names)")
        case .repeated: faults.add("/rights", Faults.repeatedRule)
        case .wrongType: faults.add("/rights", "must be an array of one or more of \(names)")
        case .value(let fields) where fields.isEmpty: faults.add("/rights", "must have one or more of \(names)")
        // Else each of thousands would have its sentence in the answer, twice.
        case .value(let fields) where fields.count > APIKeyRules.rightsLimit:
            faults.add("/rights", "must have at most \(APIKeyRules.rightsLimit) of \(names)")
        case .value(let fields):
            var rights: Set<AccessRight> = []
            for (place, field) in fields.enumerated() {
                let text = faults.text(field, at: "/rights/\(place)", required: true) { name in
                    AccessRight(rawValue: name) == nil ? "must be one of \(names)" : nil
                }
                if let right = text.flatMap(AccessRight.init(rawValue:)) { rights.insert(right) }
            }
            return rights
        }
        return []
    }

    private static func expiry(_ field: Field<String>, _ faults: inout Faults) -> Date? {
        let text = faults.text(field, at: "/expiresAt", required: false) { text in
            guard let date = Timestamp.date(text) else { return "must be a time in UTC, as 2026-07-25T08:48:59.523Z" }
            return date > Date() ? nil : "must be in the future"
        }
        return text.flatMap(Timestamp.date)
    }
}
