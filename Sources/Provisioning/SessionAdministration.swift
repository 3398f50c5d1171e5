import Registry
import SessionBroker

/// What is needed of the broker to show and end sessions.
public protocol SessionKeeping: Sendable {
    /// The sessions that are open, in any order.
    func sessions() async -> [OpenSession]

    /// Ends a session; false when there is none of that name.
    func endSession(_ id: String, reason: String) async -> Bool
}

extension SessionBroker: SessionKeeping {}

/// The sessions that are open, for those who may see and end sessions.
public struct SessionAdministration: Sendable {
    private struct Entry: Identifiable {
        let id: Int64
        let session: OpenSession
    }

    private let keeper: any SessionKeeping
    private let pages: PageValidation

    /// Sessions that `keeper` knows; tokens of pages are made with `pageTokenKey`.
    public init(keeper: any SessionKeeping, pageTokenKey: [UInt8]) {
        self.keeper = keeper
        pages = PageValidation(key: pageTokenKey, list: "sessions")
    }

    /// A page of sessions, those of one user or all, in the order of their names: a walk shows each that is open throughout
    /// once.
    public func list(
        username: Field<String>, _ request: PageRequest
    ) async throws(ProvisioningError) -> ListPage<OpenSession> {
        var faults = Faults()
        let page = pages.validate(request, &faults)
        let wanted = faults.text(username, at: "/username", required: false) { _ in nil }
        guard faults.errors.isEmpty else { throw .invalid(faults.errors) }
        let entries = await keeper.sessions().compactMap { session -> Entry? in
            // Byte for byte: Swift's == takes different spellings of one letter for the same.
            let isWanted = wanted.map { $0.utf8.elementsEqual((session.username ?? "").utf8) } ?? true
            guard isWanted, let number = UInt64(session.id, radix: 16) else {
                return nil
            }
            return Entry(id: Int64(bitPattern: number), session: session)
        }
        let rest = entries.sorted { $0.id < $1.id }.drop { entry in page.after.map { entry.id <= $0 } ?? false }
        let shown = pages.page(Array(rest.prefix(page.size + 1)), of: page)
        return ListPage(items: shown.items.map(\.session), nextPageToken: shown.nextPageToken)
    }

    /// Ends a session, within a second.
    public func end(_ id: String) async throws(ProvisioningError) {
        guard await keeper.endSession(id, reason: "ended by an operator") else { throw .noSuchSession }
    }
}
