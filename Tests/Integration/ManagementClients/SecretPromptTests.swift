import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What becomes of the terminal when `berth login` does not get its key.
    @Suite struct SecretPromptTests {
        /// `berth login` below a shell with job control, which says how it ended, or was stopped, and then waits for a line: "go"
        /// lets it go on.
        private func login(_ berth: BerthProgram) throws -> Terminal {
            let script = """
                ulimit -c 0; trap : INT; set -m
                "$@"; echo "ended $?"; read -r line
                if [ "$line" = go ]; then fg; echo "then $?"; read -r line; fi
                exit 0
                """
            let arguments = ["sh", "-c", script, "sh", Programs.berth, "login", "--endpoint", berth.endpoint]
            let terminal = try Terminal("setsid", ["--ctty", "--wait"] + arguments, environment: berth.bare)
            #expect(terminal.waitFor("API key for"), "\(terminal.text)")
            #expect(!terminal.echoes)
            return terminal
        }

        private func expectEnd(_ status: Int32, of terminal: Terminal, _ berth: BerthProgram) {
            #expect(terminal.waitFor("ended \(status)"), "\(terminal.text)")
            #expect(terminal.echoes)
            terminal.type("")
            #expect(terminal.finish() == 0, "\(terminal.text)")
            #expect(!FileManager.default.fileExists(atPath: berth.home.file(".config")))
        }

        @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT])
        func `a login that a signal ends leaves the terminal as it was`(signal: CInt) throws {
            let berth = try BerthProgram(Daemon())
            let terminal = try login(berth)
            let shell = try #require(ProcessTable.children(of: terminal.process.pid).first)
            let program = try #require(ProcessTable.children(of: shell).first)
            kill(program, signal)
            expectEnd(128 + signal, of: terminal, berth)
        }

        @Test(arguments: [("\u{3}", SIGINT), ("\u{1c}", SIGQUIT)])
        func `a login that a key interrupts leaves the terminal as it was`(key: String, signal: CInt) throws {
            let berth = try BerthProgram(Daemon())
            let terminal = try login(berth)
            terminal.press(key)
            expectEnd(128 + signal, of: terminal, berth)
        }

        @Test func `a login that is stopped gives the terminal back, and asks again when it goes on`() throws {
            let berth = try BerthProgram(Daemon())
            let terminal = try login(berth)
            terminal.press("begun\u{1a}")
            #expect(terminal.waitFor("ended \(128 + SIGTSTP)"), "\(terminal.text)")
            #expect(terminal.echoes)
            terminal.type("go")
            #expect(eventually(seconds: 20) { terminal.text.components(separatedBy: "API key for").count == 3 })
            #expect(!terminal.echoes)
            terminal.type(berth.daemon.apiKey)
            #expect(terminal.waitFor("then 0"), "\(terminal.text)")
            #expect(terminal.echoes)
            #expect(!terminal.text.contains(berth.daemon.apiKey) && !terminal.text.contains("begun"))
            terminal.type("")
            #expect(terminal.finish() == 0)
            #expect(try berth("user", "list", environment: berth.bare).status == 0)
        }
    }
}
