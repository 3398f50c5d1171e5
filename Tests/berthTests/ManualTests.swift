import Foundation
import ServiceTestSupport
import Testing

@testable import berth

@Suite struct ManualTests {
    @Test func `the manual has every command, option, variable and status`() throws {
        let page = try ManualPage.text().replacing("\\-", with: "-")
        let leaves = ManualPage.leaves(of: try CommandDescription.program(), path: [])
        #expect(leaves.count == 18, "\(leaves.map(\.path))")
        for leaf in leaves {
            let name = leaf.path.joined(separator: " ")
            #expect(page.contains(".SS \"\(name)\"\n"), "\(name)")
            for argument in leaf.description.shownArguments {
                let names = argument.names?.map(\.text) ?? ["<\(argument.valueName ?? "")>"]
                for name in names { #expect(page.contains(name), "\(leaf.path) \(name)") }
                #expect(!(argument.abstract ?? "").isEmpty, "\(leaf.path) \(names) is not explained")
            }
        }
        for variable in EnvironmentVariable.allCases { #expect(page.contains(variable.rawValue)) }
        for status in ExitStatus.allCases { #expect(page.contains("\n\\fB\(status.rawValue)\\fR\n")) }
        #expect(!page.contains("berth manual <"))
    }

    @Test func `groff finds nothing wrong with the manual`() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/groff") else {
            print("⚠ NOT TRIED: groff is not installed")
            return
        }
        let result = try Command.run("groff", ["-man", "-ww", "-z", "-Tutf8"], input: try ManualPage.text())
        #expect(result.status == 0 && result.error.isEmpty, "\(result)")
    }

    @Test(arguments: [
        (".hidden", "\\&.hidden"), ("'quoted'", "\\(aqquoted\\(aq"), ("a\\b", "a\\eb"), ("--yes", "\\-\\-yes"),
        ("ä – …", "\\[u00E4] \\[u2013] \\[u2026]"),
    ])
    func `no text is taken for a macro`(text: String, written: String) {
        var page = Roff()
        page.paragraph(text)
        #expect(page.text.hasSuffix(".PP\n\(written)\n"), "\(page.text)")
    }
}
