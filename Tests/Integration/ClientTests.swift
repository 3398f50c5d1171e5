import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct ClientTests {
        @Test func `OpenSSH's sftp does everything a partner does, and the files are on disk`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/partners/acme")
            let (local, data) = try daemon.workspace.makeFile("invoice.edi", bytes: 300_000)
            let home = daemon.home(of: user)
            let client = daemon.client(user)

            let upload = try client.sftp([
                "mkdir in", "cd in", "put \(local) first", "rename first second", "ls -l", "mkdir empty", "rmdir empty",
                "put \(local) third", "rm third", "chmod 640 second", "ln -s second link", "ln second hard",
                "get second \(local).back", "df",
            ])
            #expect(upload.status == 0, "\(upload)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(home)/in/second")) == data)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(local).back")) == data)
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(home)/in")
            #expect(names.sorted() == ["hard", "link", "second"])
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(home)/in/link") == "second")

            let root = try client.sftp(["pwd", "ls -a /", "cd ..", "ls"])
            #expect(root.status == 0, "\(root)")
            #expect(root.output.contains("Remote working directory: /\n") || root.output.contains("directory: /"))
            #expect(!root.output.contains("partners"))
        }

        @Test func `an upload that broke off is resumed where it ended`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/resume")
            let (local, data) = try daemon.workspace.makeFile("big", bytes: 1_000_000)
            let begun = "\(daemon.home(of: user))/big"
            try data.prefix(400_000).write(to: URL(fileURLWithPath: begun))
            let result = try daemon.client(user).sftp(["reput \(local) big"])
            #expect(result.status == 0, "\(result)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: begun)) == data)
        }

        @Test func `a download that broke off is resumed where it ended`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/resume")
            let (local, data) = try daemon.workspace.makeFile("big", bytes: 1_000_000)
            #expect(try daemon.client(user).sftp(["put \(local) big"]).status == 0)
            try data.prefix(123_456).write(to: URL(fileURLWithPath: local))
            let result = try daemon.client(user).sftp(["reget big \(local)"])
            #expect(result.status == 0, "\(result)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: local)) == data)
        }

        @Test func `scp copies a directory both ways`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/scp")
            let client = daemon.client(user)
            let tree = daemon.workspace.file("tree")
            try FileManager.default.createDirectory(atPath: "\(tree)/sub", withIntermediateDirectories: true)
            let (_, data) = try daemon.workspace.makeFile("tree/sub/file", bytes: 70_000)
            let there = try client.scp(tree, client.remote("/copied"))
            #expect(there.status == 0, "\(there)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(daemon.home(of: user))/copied/sub/file")) == data)
            let back = try client.scp(client.remote("/copied"), daemon.workspace.file("back"))
            #expect(back.status == 0, "\(back)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: daemon.workspace.file("back/sub/file"))) == data)
        }

        @Test func `lftp mirrors a directory up and down`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/lftp")
            let up = daemon.workspace.file("up")
            let down = daemon.workspace.file("down")
            try FileManager.default.createDirectory(atPath: "\(up)/a/b", withIntermediateDirectories: true)
            let (_, data) = try daemon.workspace.makeFile("up/a/b/c", bytes: 200_000)
            let connect = "ssh -a -x " + OpenSSH.options(port: daemon.sftpPort).joined(separator: " ")
            let result = try Command.run(
                "lftp",
                [
                    "--norc", "-c",
                    """
                    set cmd:fail-exit yes; set sftp:auto-confirm yes; set net:max-retries 1; set net:timeout 15;
                    set sftp:connect-program "\(connect)";
                    open -u \(user.username),\(user.password) -p \(daemon.sftpPort) sftp://127.0.0.1;
                    mirror -R \(up) /mirror; mirror /mirror \(down); mv /mirror/a/b/c /mirror/d; rm /mirror/d; cls -1 /
                    """,
                ], environment: ["HOME": daemon.workspace.path])
            #expect(result.status == 0, "\(result)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(down)/a/b/c")) == data)
            #expect(result.output.contains("mirror"))
        }

        @Test func `curl uploads, lists and downloads`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/curl")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 100_000)
            let base = ["-sS", "--insecure", "--max-time", "20", "-u", "\(user.username):\(user.password)"]
            let url = "sftp://127.0.0.1:\(daemon.sftpPort)"
            let up = try Command.run("curl", base + ["-T", local, "\(url)/sub/file", "--ftp-create-dirs"])
            #expect(up.status == 0, "\(up)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(daemon.home(of: user))/sub/file")) == data)
            let list = try Command.run("curl", base + ["\(url)/sub/"])
            #expect(list.status == 0 && list.output.contains("file"), "\(list)")
            let down = try Command.run("curl", base + ["-o", "\(local).back", "\(url)/sub/file"])
            #expect(down.status == 0, "\(down)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(local).back")) == data)
        }

        @Test func `paramiko does everything its SFTPClient offers`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/paramiko")
            let result = try daemon.paramiko("sftp_client.py", user)
            #expect(result.status == 0, "\(result)")
        }

        @Test func `a client that offers only keyboard-interactive answers one prompt`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/interactive")
            let openSSH = try daemon.client(user).sftp(["pwd"], methods: "keyboard-interactive")
            #expect(openSSH.status == 0, "\(openSSH)")
            let paramiko = try daemon.paramiko("keyboard_interactive.py", user)
            #expect(paramiko.status == 0 && paramiko.output.contains("prompts=1"), "\(paramiko)")
            let wrong = try daemon.client(user).sftp(["pwd"], password: "wrong", methods: "keyboard-interactive")
            #expect(wrong.status == 255, "\(wrong)")
        }
    }
}

extension Daemon {
    /// Runs a script of Tests/Integration/Clients against this daemon.
    func paramiko(_ script: String, _ user: TestUser, _ arguments: [String] = [], seconds: Double = 60) throws
        -> Command.Result
    {
        try Command.run(
            Programs.python, [Programs.script(script), "127.0.0.1", "\(sftpPort)", user.username] + arguments,
            environment: ["BERTH_TEST_PASSWORD": user.password, "PYTHONDONTWRITEBYTECODE": "1"], seconds: seconds)
    }
}
