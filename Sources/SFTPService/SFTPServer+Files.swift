import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SSHWire

// OPEN, CLOSE, READ, WRITE, fsync@openssh.com: what is done with a file's content.

extension SFTPServer {
    /// SSH_FXP_OPEN.
    func open(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try OpenRequest(body)
        let flags = OpenOptions(request.flags)
        guard options.allowsWriting || flags.isDisjoint(with: [.write, .create, .truncate]) else {
            return status(.permissionDenied, "Permission denied", about: request.path, id, &output)
        }
        // Looked at first: a file must not be made or emptied for a client that then gets no handle.
        guard !handles.isFull else { return refuseOpening(request.path, id, &output) }
        // A file must not be emptied either, for a client that then can't write it.
        if !flags.isDisjoint(with: [.create, .truncate]),
            !hasRoom(forBytes: DiskReserve.bytesPerName, names: 1, about: request.path, id, &output)
        {
            return
        }
        do throws(Errno) {
            let file = try files.openFile(
                request.path, flags, mode: request.attributes.permissions ?? 0o666, durably: isDurable)
            let handle = FileHandle(file, path: [UInt8](request.path), flags: flags)
            answer(.file(handle), request.path, id, &output)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_CLOSE.
    func close(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        switch handles.remove(try HandleRequest(body).handle) {
        case .none:
            status(.noSuchFile, "No such handle", id, &output)
        case .directory:
            succeed(id, &output)
        case .file(let file):
            do throws(Errno) {
                try finish(file)
                succeed(id, &output)
            } catch {
                // What failed is the sync or the close: whatever the number, the file is not safe on disk.
                let path = file.path
                status(.failure, error.statusText, about: path.span.bytes, id, &output)
            }
        }
    }

    /// The one place where a file that was open is finished: after this returns, what was written to it counts.
    func finish(_ file: FileHandle) throws(Errno) {
        var sizeBytes: UInt64 = 0
        if file.isChanged {
            sizeBytes = try file.withFile { (file) throws(Errno) in
                if isDurable { try file.sync() }
                return try file.status().sizeBytes
            }
        }
        try file.close()
        let path = file.path
        if file.isChanged {
            record(.closedAfterWrite, path.span.bytes, sizeBytes: sizeBytes)
        } else if file.bytesRead > 0 {
            record(.closedAfterRead, path.span.bytes, sizeBytes: file.bytesRead)
        }
    }

    /// SSH_FXP_READ.
    func read(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try ReadRequest(body)
        guard let file = handles.file(request.handle) else { return refuseHandle(id, &output) }
        let length = min(Int(request.length), ProtocolLimit.readBytes)
        do throws(Errno) {
            guard length > 0 else {
                guard request.offset <= UInt64(Int64.max) else { throw .invalidArgument }
                return output.appendEmptyData(to: id)
            }
            let count = try output.appendData(upTo: length, to: id) { (buffer) throws(Errno) -> Int in
                try unsafe file.read(into: buffer, at: request.offset)
            }
            guard count > 0 else { return status(.endOfFile, "End of file", id, &output) }
            statistics.bytesRead &+= UInt64(count)
            rate.noteSent(count)
        } catch {
            fail(error, about: file, id, &output)
        }
    }

    /// SSH_FXP_WRITE. Acknowledged only when all of it was written.
    func write(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try WriteRequest(body)
        guard let file = handles.file(request.handle) else { return refuseHandle(id, &output) }
        guard !file.isBroken else {
            let path = file.path
            return status(
                .failure, "Not written, since an earlier write failed: open the file again", about: path.span.bytes, id,
                &output)
        }
        guard isWithinReserve(bytes: request.data.byteCount) else {
            file.isBroken = true
            return refuseForWantOfRoom(about: file, id, &output)
        }
        do throws(Errno) {
            try file.write(request.data, at: request.offset)
            statistics.bytesWritten &+= UInt64(request.data.byteCount)
            rate.noteReceived(request.data.byteCount)
            succeed(id, &output)
        } catch {
            file.isBroken = error.mayPass
            fail(error, about: file, id, &output)
        }
    }

    /// fsync@openssh.com.
    func fsync(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        guard let file = handles.file(try HandleRequest(body).handle) else {
            return status(.noSuchFile, "No such handle", id, &output)
        }
        do throws(Errno) {
            try file.withFile { (file) throws(Errno) in try file.sync() }
            succeed(id, &output)
        } catch {
            fail(error, about: file, id, &output)
        }
    }

    /// Appends the handle of what was opened.
    func answer(_ content: HandleTable.Content, _ path: RawSpan, _ id: UInt32, _ output: inout ByteQueue) {
        guard let handle = handles.insert(content) else { return refuseOpening(path, id, &output) }
        output.appendHandle(handle, to: id)
    }

    /// The answer where nothing more can be opened.
    func refuseOpening(_ path: RawSpan, _ id: UInt32, _ output: inout ByteQueue) {
        status(.failure, "Too many open files and directories", about: path, id, &output)
    }

    /// The answer to a request with a handle that names nothing, or nothing of the right kind.
    func refuseHandle(_ id: UInt32, _ output: inout ByteQueue) {
        status(.failure, "No such handle", id, &output)
    }

    /// Appends the status of a failed operation on an open file.
    func fail(_ error: Errno, about file: FileHandle, _ id: UInt32, _ output: inout ByteQueue) {
        let path = file.path
        fail(error, about: path.span.bytes, id, &output)
    }
}

extension Errno {
    /// Whether the next write may succeed where this one did not.
    fileprivate var mayPass: Bool { [ENOSPC, EDQUOT, EIO].contains(rawValue) }
}

extension OpenOptions {
    /// The flags of open(2) for those of SSH_FXP_OPEN; neither READ nor WRITE means reading, as in OpenSSH.
    init(_ flags: OpenFlags) {
        self = []
        if flags.contains(.read) { insert(.read) }
        if flags.contains(.write) { insert(.write) }
        if flags.contains(.append) { insert(.append) }
        if flags.contains(.create) { insert(.create) }
        if flags.contains(.truncate) { insert(.truncate) }
        if flags.contains(.exclusive) { insert(.exclusive) }
    }
}

extension ByteQueue {
    /// SSH_FXP_DATA without data: what OpenSSH answers to a READ of no bytes.
    fileprivate mutating func appendEmptyData(to id: UInt32) {
        let reply = startReply(.data, to: id)
        append(0 as UInt32)
        finish(reply)
    }
}
