import Registry
import SessionBroker

/// What is needed of the broker to show and end blocks.
public protocol BlockKeeping: Sendable {
    /// The addresses that are blocked, in the order in which their blocks began.
    func blocks() async -> [BlockedSource]

    /// Ends the block of an address; false when it is not blocked.
    func unblock(_ address: String) async throws(RegistryError) -> Bool
}

extension SessionBroker: BlockKeeping {}

/// The addresses that are blocked for failed logins, for those who may see and end blocks.
public struct BlockAdministration: Sendable {
    private let keeper: any BlockKeeping
    private let pages: PageValidation

    /// Blocks that `keeper` holds; tokens of pages are made with `pageTokenKey`.
    public init(keeper: any BlockKeeping, pageTokenKey: [UInt8]) {
        self.keeper = keeper
        pages = PageValidation(key: pageTokenKey, list: "blocks")
    }

    /// A page of blocks in the order in which they began.
    public func list(_ request: PageRequest) async throws(ProvisioningError) -> ListPage<BlockedSource> {
        let page = try pages.validate(request)
        let rest = await keeper.blocks().drop { $0.id <= page.after ?? .min }
        return pages.page(Array(rest.prefix(page.size + 1)), of: page)
    }

    /// Ends the block of an address, which may be any of a blocked /64, at once and for good.
    public func delete(_ address: String) async throws(ProvisioningError) {
        let isEnded: Bool
        do throws(RegistryError) {
            isEnded = try await keeper.unblock(address)
        } catch {
            throw ProvisioningError(error)
        }
        guard isEnded else { throw .noSuchBlock }
    }
}
