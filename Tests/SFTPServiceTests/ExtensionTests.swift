import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// The extensions that ask about users and homes.
@Suite struct ExtensionTests {
    private func expand(_ path: String) -> [UInt8] {
        Packet.extended("expand-path@openssh.com") { $0.append(string: path) }
    }

    @Test func tildeIsTheHome() throws {
        let session = try Session { $0.userName = "acme".bytes }
        try session.put("/a", [])
        session.scratch.directory("home/d")
        session.scratch.link("home/link", to: "/d")
        for (path, expanded) in [
            ("~", "/"), ("~/", "/"), ("~/a", "/a"), ("~//d/../a", "/a"), ("~/..", "/"), ("~acme", "/"),
            ("~acme/d", "/d"), ("", "/"), (".", "/"), ("a", "/a"), ("/link", "/d"), ("~/link/new", "/d/new"),
            ("d/~", "/d/~"),
        ] {
            let names = try session.send(expand(path)).names
            #expect(names?.map(\.name) == [expanded.bytes], "\(path)")
        }
        #expect(try session.status(expand("~/none/x")) == .noSuchFile)
        #expect(try session.status(expand("~/.berth/x")) == .noSuchFile)
    }

    @Test func nothingIsSaidOfOtherUsers() throws {
        for own in ["acme", ""] {
            let session = try Session { $0.userName = own.bytes }
            for name in ["root", "nobody", "acm", "acmee", "no such name", "\u{7}"] {
                let reply = try session.send(expand("~" + name))
                #expect(reply.status == .noSuchFile && reply.message == "No such user")
                #expect(try session.send(expand("~" + name + "/a")).body == reply.body)
                let home = try session.send(Packet.extended("home-directory") { $0.append(string: name) })
                #expect(home.status == .failure && home.message == "No such user")
            }
        }
    }

    @Test func theHomeDirectoryIsTheRoot() throws {
        let session = try Session { $0.userName = "acme".bytes }
        for name in ["acme", ""] {
            let reply = try session.send(Packet.extended("home-directory") { $0.append(string: name) })
            #expect(reply.names?.map(\.name) == ["/".bytes])
        }
    }

    @Test func onlyTheShownNumbersHaveNames() throws {
        let session = try Session()
        let ask = { (users: [UInt32], groups: [UInt32]) in
            Packet.extended("users-groups-by-id@openssh.com") { queue in
                for numbers in [users, groups] {
                    queue.append(UInt32(numbers.count * 4))
                    for number in numbers { queue.append(number) }
                }
            }
        }
        let reply = try session.send(ask([0, 1000, .max], [1000, 1]))
        #expect(reply.type == .extendedReply)
        var reader = WireReader(reply.body.span.bytes)
        let lists = try [[UInt8](reader.readString()), [UInt8](reader.readString())].map { list in
            var reader = WireReader(list.span.bytes), names: [String] = []
            while !reader.isAtEnd { names.append(String(decoding: [UInt8](try reader.readString()), as: UTF8.self)) }
            return names
        }
        #expect(lists == [["", "partner", ""], ["berth", ""]] && reader.isAtEnd)
        #expect(try session.send(ask([], [])).body == [UInt8](repeating: 0, count: 8))
        // 30,000 names would make a longer packet than any client takes.
        let many = [UInt32](repeating: 1000, count: 30_000)
        #expect(try session.status(ask(many, many)) == .failure)
        let cut = Packet.extended("users-groups-by-id@openssh.com") {
            $0.append(string: [0, 0, 0] as [UInt8])
            $0.append(string: "")
        }
        #expect(try session.status(cut) == .badMessage)
    }
}
