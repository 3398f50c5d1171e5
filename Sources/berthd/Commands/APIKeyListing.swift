import Foundation
import Registry

/// API keys for people and for programs.
enum APIKeyListing {
    private struct Item: Encodable {
        let id: String
        let name: String
        let rights: [String]
        let createdAt: String
        let expiresAt: String?
        let lastUsedDate: String?

        init(_ key: APIKey) {
            id = String(key.id)
            name = key.name
            rights = key.rights.sorted().map(\.rawValue)
            createdAt = LogLine.timestamp(key.createdAt)
            expiresAt = key.expiresAt.map(LogLine.timestamp)
            lastUsedDate = key.lastUsedDate?.description
        }
    }

    /// An array of objects in the API's form.
    static func json(_ keys: [APIKey]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(keys.map(Item.init)), as: UTF8.self)
    }

    /// A table with a line of headings.
    static func table(_ keys: [APIKey]) -> String {
        let headings = ["ID", "NAME", "RIGHTS", "CREATED", "EXPIRES", "LAST USED"]
        let rows = keys.map(Item.init).map { item in
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
