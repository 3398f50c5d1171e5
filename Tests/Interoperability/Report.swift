import Foundation

/// The matrix as docs/clients.md shows it. It is made from what the tests are told of each client; the tests see to it that
/// each step marked as done was done.
struct Report {
    static let path = "\(Driver.root)/docs/clients.md"
    private static let begin =
        "<!-- The tests check what follows; BERTH_INTEROP_UPDATE=1 scripts/test --filter Interop writes it. -->"
    private static let end = "<!-- End of what the tests check. -->"

    /// The version of each client by its name.
    let versions: [String: String]

    /// The part of docs/clients.md that is about clients and steps, as lines.
    var lines: [String] {
        var notes: [String] = []
        func note(_ reason: String) -> String {
            if let index = notes.firstIndex(of: reason) { return "\(index + 1)" }
            notes.append(reason)
            return "\(notes.count)"
        }
        func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

        func table(_ clients: [Client], _ steps: [Step]) -> [String] {
            var lines = [row(["client", "version"] + steps.map(\.heading))]
            lines.append(row(["---", "---"] + steps.map { _ in ":-:" }))
            for client in clients {
                let cells = steps.map { step in
                    if let reason = client.cannot[step] { return "(\(note(reason)))" }
                    let reasons = remarks(on: step, of: client)
                    return reasons.isEmpty ? "✔" : "✔ (\(reasons.map(note).joined(separator: ", ")))"
                }
                lines.append(row([client.name, versions[client.name] ?? "?"] + cells))
            }
            return lines + [""]
        }

        var lines = table(Client.newest, Step.allCases)
        lines += ["Other versions, which do fewer steps:", ""] + table(Client.otherVersions, Client.fewerSteps)
        lines +=
            ["With weak algorithms alone, where the operator admits them:", ""] + table(Client.weak, Step.allCases)
        lines += notes.enumerated().map { "\($0.offset + 1). \($0.element)." }
        return lines
    }

    /// What has to be said of a step that a client does.
    private func remarks(on step: Step, of client: Client) -> [String] {
        switch step {
        case .large: client.refusesRekeying.map { ["without key exchanges that the server starts: \($0)"] } ?? []
        case .names:
            Dictionary(grouping: OddName.allCases.filter { client.namesLeftOut[$0] != nil }) {
                client.namesLeftOut[$0] ?? ""
            }
            .map { "not tried: \($0.value.map(\.description).joined(separator: ", ")); \($0.key)" }.sorted()
        default: []
        }
    }

    /// The lines between the marks in docs/clients.md.
    static func documented() throws -> [String] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
        guard let first = lines.firstIndex(of: begin), let last = lines.firstIndex(of: end), first < last else {
            return []
        }
        return lines[(first + 1)..<last].filter { !$0.isEmpty }
    }

    /// The versions that docs/clients.md names.
    static func documentedVersions() throws -> [String: String] {
        var versions: [String: String] = [:]
        for line in try documented() {
            let cells = line.components(separatedBy: " | ")
            guard cells.count > 2 else { continue }
            versions[String(cells[0].dropFirst(2))] = cells[1]
        }
        return versions
    }

    /// Writes the lines between the marks.
    func update() throws {
        var lines = try String(contentsOfFile: Report.path, encoding: .utf8).components(separatedBy: "\n")
        guard let first = lines.firstIndex(of: Report.begin), let last = lines.firstIndex(of: Report.end) else {
            return
        }
        lines.replaceSubrange((first + 1)..<last, with: [""] + self.lines + [""])
        try lines.joined(separator: "\n").write(toFile: Report.path, atomically: true, encoding: .utf8)
    }
}
