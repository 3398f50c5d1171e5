import Foundation
import ManagementAPI
import Registry

/// API keys for people and for programs.
enum APIKeyListing {
    /// An array of objects in the API's form.
    static func json(_ keys: [APIKey]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(keys.map { APIKeyBody($0) }), as: UTF8.self)
    }

    /// A table with a line of headings.
    static func table(_ keys: [APIKey]) -> String {
        let headings = ["ID", "NAME", "RIGHTS", "CREATED", "EXPIRES", "LAST USED"]
        let rows = keys.map { APIKeyBody($0) }.map { item in
            [
                item.id, LogText.escaped(item.name), item.rights.joined(separator: ","), item.createdAt,
                item.expiresAt ?? "never", item.lastUsedDate ?? "never",
            ]
        }
        let lines = [headings] + rows
        let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let padded = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}
