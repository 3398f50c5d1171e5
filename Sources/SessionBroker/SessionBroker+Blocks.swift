import Registry
import SessionControl

extension SessionBroker {
    /// The addresses that are blocked for failed logins, in the order in which their blocks began.
    public func blocks() async -> [BlockedSource] {
        await withCheckedContinuation { continuation in
            ask(.listBlocks { continuation.resume(returning: $0) })
        }
    }

    /// Ends the block of an address at once; it is gone from the registry when this returns.
    ///
    /// - Parameter address: an address, or a source as ``blocks()`` names it.
    /// - Returns: false when it is not blocked, or no address.
    public func unblock(_ address: String) async throws(RegistryError) -> Bool {
        guard let source = AddressSource(address) else { return false }
        let outcome = await withCheckedContinuation { continuation in
            ask(.unblock(source) { continuation.resume(returning: $0) })
        }
        return try outcome.get()
    }
}
