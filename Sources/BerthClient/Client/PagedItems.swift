/// Everything that an operation lists, over all pages. A page is asked for when the one before has been used up.
public struct PagedItems<Listing: PagedCommand>: AsyncSequence, Sendable {
    /// One thing of the list.
    public typealias Element = Listing.Item
    /// What a page may fail with.
    public typealias Failure = SftpClientError

    let client: SftpClient
    let first: Listing

    /// Begins a walk at the first page.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, first: first)
    }

    /// A walk over the pages.
    public struct Iterator: AsyncIteratorProtocol {
        /// What a page may fail with.
        public typealias Failure = SftpClientError

        private let client: SftpClient
        private var page: ArraySlice<Listing.Item> = []
        /// The request for the next page; nil behind the last.
        private var upcoming: Listing?

        init(client: SftpClient, first: Listing) {
            self.client = client
            upcoming = first
        }

        /// The next thing, or nil behind the last.
        public mutating func next() async throws(SftpClientError) -> Listing.Item? {
            // A page may be empty without being the last.
            while page.isEmpty {
                guard var request = upcoming else { return nil }
                // A walk that failed is over.
                upcoming = nil
                let output = try await client.send(request)
                page = output.items[...]
                if let token = output.nextPageToken {
                    guard token != request.pageToken else {
                        throw .unexpectedResponse(
                            ServiceFailure(
                                operation: Listing.operation, region: client.region,
                                message: "The page names itself as the next one.", mayHaveBeenCarriedOut: false,
                                metadata: output.metadata))
                    }
                    request.pageToken = token
                    upcoming = request
                }
            }
            return page.popFirst()
        }
    }
}
