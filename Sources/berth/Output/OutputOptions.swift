import ArgumentParser

/// For whom results are written.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "JSON for programs instead of tables for people.")
    var json = false

    /// Writes one thing: as JSON, or as lines of a label and a value.
    func write(_ value: some Encodable, _ fields: [(label: String, value: String?)]) throws {
        try StandardOutput.write(json ? JSONText.line(value) : Record.text(fields))
    }

    /// Writes everything that comes, as an array of JSON or as a table.
    func write<Items: AsyncSequence>(_ items: Items, _ columns: [Column<Items.Element>]) async throws
    where Items.Element: Encodable {
        if json {
            try await JSONListing.write(items)
        } else {
            try await Table.write(items, columns)
        }
    }
}
