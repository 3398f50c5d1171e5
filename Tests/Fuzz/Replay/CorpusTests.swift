import Foundation
import FuzzHarness
import Testing

/// The inputs that `scripts/fuzz` found and kept, run once each: what was reached or broken once stays tried.
@Suite struct CorpusTests {
    private static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Corpus")

    @Test(arguments: FuzzTarget.allCases) func everyKeptInputKeepsTheRules(_ target: FuzzTarget) throws {
        let directory = Self.directory.appendingPathComponent(target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(names.count >= 20)
        let parent = FileManager.default.temporaryDirectory.path
        // Other tests open descriptors meanwhile.
        let scratch = try HandlerScratch(in: parent, isAlone: false)
        for name in names {
            let input = try Data(contentsOf: directory.appendingPathComponent(name))
            do {
                try target.run([UInt8](input), scratch: scratch)
            } catch {
                Issue.record("\(target.rawValue)/\(name): \(error)")
            }
        }
    }
}
