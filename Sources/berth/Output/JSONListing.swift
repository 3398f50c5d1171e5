/// An array of JSON, an element on a line, written as the elements come.
enum JSONListing {
    static func write<Items: AsyncSequence>(_ items: Items) async throws where Items.Element: Encodable {
        var last: String?
        for try await item in items {
            try StandardOutput.write(last.map { $0 + "," } ?? "[")
            last = try JSONText.line(item)
        }
        try StandardOutput.write(last.map { $0 + "\n]" } ?? "[]")
    }
}
