import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SSHWire

// OPENDIR, READDIR, MKDIR, RMDIR.

extension SFTPServer {
    /// Entries in one reply to READDIR, as in OpenSSH: about 60 KiB with the longest names.
    private static let entriesPerReply: UInt32 = 100
    /// A directory's further replies hold more where they are shorter than so many bytes: a large directory takes half of the
    /// round trips. With one entry more, of at most 640 bytes, they still fit in one packet of most clients' size (32 KiB).
    private static let furtherReplyBytes = 32_000

    /// SSH_FXP_OPENDIR.
    func opendir(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        guard !handles.isFull else { return refuseOpening(request.path, id, &output) }
        do throws(Errno) {
            let stream = try files.openDirectory(request.path)
            let handle = DirectoryHandle(stream, path: [UInt8](request.path))
            answer(.directory(handle), request.path, id, &output)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_READDIR.
    func readdir(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        guard let directory = handles.directory(try HandleRequest(body).handle) else {
            return refuseHandle(id, &output)
        }
        let reply = output.startReply(.name, to: id)
        let countOffset = output.count
        output.append(0 as UInt32)
        var count: UInt32 = 0
        do throws(Errno) {
            let end = directory.isBegun ? countOffset + Self.furtherReplyBytes : 0
            try appendEntries(of: &directory.stream, upTo: end, &count, &output)
        } catch {
            // What was found is sent; the next READDIR meets the error again.
            guard count > 0 else {
                output.discard(reply)
                let path = directory.path
                return fail(error, about: path.span.bytes, id, &output)
            }
        }
        guard count > 0 else {
            output.discard(reply)
            return status(.endOfFile, "End of file", id, &output)
        }
        directory.isBegun = true
        output.replaceUInt32(at: countOffset, with: count)
        output.finish(reply)
    }

    /// Appends further entries until `output` holds `bytes`, but a hundred at least. They are counted, also those before an
    /// error.
    private func appendEntries(
        of stream: inout DirectoryStream, upTo bytes: Int, _ count: inout UInt32, _ output: inout ByteQueue
    ) throws(Errno) {
        let owner = options.shownNumbers
        var longName = LongName(options: options, nowSeconds: Int64(time(nil)))
        while count < Self.entriesPerReply || output.count < bytes {
            let found = try stream.next { (name, status) in
                output.append(string: name)
                longName.append(name, status, to: &output)
                FileAttributes(status, owner: owner).append(to: &output)
            }
            guard found else { return }
            count += 1
        }
    }

    /// SSH_FXP_MKDIR.
    func mkdir(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathAttributesRequest(body)
        guard hasRoom(forBytes: DiskReserve.bytesPerName, names: 1, about: request.path, id, &output) else { return }
        do throws(Errno) {
            let mode = request.attributes.permissions ?? 0o777
            try files.makeDirectory(request.path, mode: mode, durably: isDurable)
            record(.madeDirectory, request.path)
            succeed(id, &output)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_RMDIR.
    func rmdir(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        do throws(Errno) {
            try files.removeDirectory(request.path, durably: isDurable)
            record(.removedDirectory, request.path)
            succeed(id, &output)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }
}
