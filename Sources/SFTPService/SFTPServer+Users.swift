import ConfinedFileSystem
import SFTPProtocol
import SSHWire

// expand-path@openssh.com, home-directory, users-groups-by-id@openssh.com: what a client asks about users. There is one
// user as far as it can see, with one home, which is "/"; whether there are others is not told.

extension SFTPServer {
    private static let tilde = UInt8(ascii: "~")
    private static let slash = UInt8(ascii: "/")

    /// expand-path@openssh.com: REALPATH, with "~" and "~/…" (and "~name" with the client's own name) for the home.
    func expandPath(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        guard let path = homeExpanded(request.path) else {
            return status(.noSuchFile, "No such user", id, &output)
        }
        do throws(Errno) {
            let path = try files.realpath(path)
            output.appendName(path.span.bytes, to: id)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// The path without "~" or "~name" in front, which stand for the root; nil for somebody else's home.
    @_lifetime(copy path)
    private func homeExpanded(_ path: RawSpan) -> RawSpan? {
        func byte(_ index: Int) -> UInt8 { path.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
        guard path.byteCount > 0, byte(0) == Self.tilde else { return path }
        var end = 1
        while end < path.byteCount, byte(end) != Self.slash { end += 1 }
        guard end == 1 || isOwnName(path.extracting(1..<end)) else { return nil }
        return path.extracting(droppingFirst: end)
    }

    /// home-directory: "/" for the client's own name, and for the empty one as newer OpenSSH; any other is refused.
    func homeDirectory(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let name = try PathRequest(body).path
        guard name.isEmpty || isOwnName(name) else { return status(.failure, "No such user", id, &output) }
        let home = CollectionOfOne(Self.slash)
        output.appendName(home.span.bytes, to: id)
    }

    private func isOwnName(_ name: RawSpan) -> Bool {
        !options.userName.isEmpty && [UInt8](name) == options.userName
    }

    /// users-groups-by-id@openssh.com: the names of the two numbers that attributes show; all others have none.
    func usersAndGroups(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try UsersGroupsRequest(body)
        let reply = output.startReply(.extendedReply, to: id)
        let start = output.count
        output.appendNames(of: request.users, options.shownOwner)
        output.appendNames(of: request.groups, options.shownGroup)
        guard output.count - start < ProtocolLimit.readBytes else {
            output.discard(reply)
            return status(.failure, "Too many numbers in one request", id, &output)
        }
        output.finish(reply)
    }
}

extension ByteQueue {
    /// A string of strings: for each `uint32` the known name, or none.
    fileprivate mutating func appendNames(of numbers: RawSpan, _ known: (number: UInt32, name: StaticString)) {
        let lengthOffset = count
        append(0 as UInt32)
        for offset in stride(from: 0, to: numbers.byteCount - 3, by: 4) {
            let number = UInt32(bigEndian: numbers.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            append(string: number == known.number ? known.name : "")
        }
        replaceUInt32(at: lengthOffset, with: UInt32(clamping: count - lengthOffset - 4))
    }
}
