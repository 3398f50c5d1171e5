import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    /// What shells make of the completion scripts.
    @Suite struct CompletionTests {
        private func script(_ shell: String, in workspace: Workspace) throws -> String {
            let made = try Command.run(Programs.berth, ["--generate-completion-script", shell])
            #expect(made.status == 0 && made.output.contains("password"), "\(made.error)")
            return try workspace.write("berth.\(shell)", Data((made.output + "\n").utf8))
        }

        @Test(arguments: [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])])
        func `each shell can read its script`(shell: String, arguments: [String]) throws {
            let workspace = try Workspace()
            let file = try script(shell, in: workspace)
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(shell)") else {
                print("⚠ \(shell) is not installed: NOT TRIED")
                return
            }
            let result = try Command.run(shell, arguments + [file], environment: ["HOME": workspace.path])
            #expect(result.status == 0 && result.error.isEmpty, "\(result)")
        }

        @Test func `bash completes commands and options`() throws {
            let workspace = try Workspace()
            let file = try script("bash", in: workspace)
            func complete(_ words: String...) throws -> [String] {
                let line = words.joined(separator: " ")
                let result = try Command.run(
                    "bash",
                    [
                        "-c",
                        """
                        . '\(file)'
                        COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
                        COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count)
                        _berth berth '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
                        printf '%s\\n' "${COMPREPLY[@]}"
                        """,
                    ])
                return result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            #expect(Set(try complete("berth", "user", "")).isSuperset(of: ["create", "read", "list", "password"]))
            #expect(try complete("berth", "user", "password", "ro") == ["rotate"])
            #expect(try complete("berth", "user", "list", "--js") == ["--json"])
            #expect(!(try complete("berth", "")).contains("manual"))
        }
    }
}
