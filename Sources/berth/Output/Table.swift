/// Tables with a line of headings.
enum Table {
    /// Rows that are looked at to make columns wide enough; what comes later and is wider moves its own line alone, so that
    /// a million users need not be held.
    static let sampleRows = 200

    static func write<Items: AsyncSequence>(_ items: Items, _ columns: [Column<Items.Element>]) async throws {
        var sample: [[String]] = [columns.map(\.heading)]
        var widths: [Int]?
        for try await item in items {
            let row = columns.map { TerminalText.escaped($0.value(item) ?? "-") }
            if let widths {
                try StandardOutput.write(line(row, widths))
            } else {
                sample.append(row)
                if sample.count > sampleRows { widths = try write(sample) }
            }
        }
        if widths == nil { _ = try write(sample) }
    }

    /// Writes the rows, and gives the widths of their columns.
    private static func write(_ rows: [[String]]) throws -> [Int] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        try StandardOutput.write(rows.map { line($0, widths) }.joined(separator: "\n"))
        return widths
    }

    static func line(_ row: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in row.enumerated() {
            text += cell
            guard column < row.count - 1 else { break }
            text += String(repeating: " ", count: max(0, widths[column] - cell.count) + 2)
        }
        return text
    }
}
