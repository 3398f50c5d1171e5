import Foundation

/// What `strace -f -y` wrote: finished system calls in their order.
package struct Trace {
    package struct Call {
        package let pid: Int
        package let name: String
        /// Everything after the name: arguments, with the paths behind descriptors, and the result.
        package let text: String
        package var succeeded: Bool { !text.contains(" = -1 ") }
    }

    package let calls: [Call]

    package init(path: String) throws {
        var begun: [String: String] = [:]
        var calls: [Call] = []
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard parts.count == 2 else { continue }
            let pid = String(parts[0])
            var rest = parts[1].trimmingCharacters(in: .whitespaces)
            if let cut = rest.range(of: " <unfinished ...>") {
                begun[pid] = String(rest[..<cut.lowerBound])
                continue
            }
            if rest.hasPrefix("<... "), let end = rest.range(of: " resumed>") {
                rest = (begun.removeValue(forKey: pid) ?? "") + rest[end.upperBound...]
            }
            guard let open = rest.firstIndex(of: "("), let number = Int(pid) else { continue }
            calls.append(Call(pid: number, name: String(rest[..<open]), text: String(rest[open...])))
        }
        self.calls = calls
    }

    /// Index of the first call at or after `start` that fits.
    package func first(from start: Int = 0, where fits: (Call) -> Bool) -> Int? {
        calls[min(start, calls.count)...].firstIndex(where: fits)
    }
}
