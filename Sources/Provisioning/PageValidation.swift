/// The one place where requests for a page of a list are validated, and where the tokens of its pages come from.
struct PageValidation: Sendable {
    /// A validated request.
    struct Page: Equatable {
        let size: Int
        let after: Int64?
    }

    private static let tokenRule = "must be the nextPageToken of an earlier response"

    private let tokens: PageTokens

    /// - Parameter list: the name of the list: a token of one is none of another.
    init(key: [UInt8], list: String) {
        tokens = PageTokens(key: key, list: list)
    }

    func validate(_ request: PageRequest) throws(ProvisioningError) -> Page {
        var faults = Faults()
        let page = validate(request, &faults)
        guard faults.errors.isEmpty else { throw .invalid(faults.errors) }
        return page
    }

    func validate(_ request: PageRequest, _ faults: inout Faults) -> Page {
        let size = faults.integer(
            request.pageSize, at: "/pageSize", UserRules.pageSizes, default: UserRules.defaultPageSize)
        var after: Int64?
        switch request.pageToken {
        case .absent: break
        case .repeated: faults.add("/pageToken", Faults.repeatedRule)
        case .wrongType: faults.add("/pageToken", Self.tokenRule)
        case .value(let token):
            after = tokens.place(token)
            if after == nil { faults.add("/pageToken", Self.tokenRule) }
        }
        return Page(size: size, after: after)
    }

    /// The page of entries of which one more was asked for than fits: that tells whether it is the last one.
    func page<Entry: Identifiable>(_ entries: [Entry], of page: Page) -> ListPage<Entry> where Entry.ID == Int64 {
        let shown = Array(entries.prefix(page.size))
        let last = entries.count > page.size ? shown.last : nil
        return ListPage(items: shown, nextPageToken: last.map { tokens.token($0.id) })
    }
}

/// One page of a walk over a list.
public struct ListPage<Entry: Sendable>: Sendable {
    /// The entries in the order of the list.
    public let items: [Entry]
    /// What leads to the next page; nil on the last one.
    public let nextPageToken: String?
}

extension ListPage: Equatable where Entry: Equatable {}
