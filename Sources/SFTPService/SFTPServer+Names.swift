import ConfinedFileSystem
import SFTPProtocol
import SSHWire

// REMOVE, RENAME, links, REALPATH: what is done with names.

extension SFTPServer {
    /// SSH_FXP_REMOVE.
    func remove(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        do throws(Errno) {
            try files.removeFile(request.path, durably: isDurable)
            record(.removed, request.path)
            succeed(id, &output)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_RENAME, which replaces nothing, and posix-rename@openssh.com.
    func rename(
        _ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue, replacing: Bool
    ) throws(WireError) {
        let request = try TwoPathsRequest(body)
        do throws(Errno) {
            try files.rename(request.first, to: request.second, replacing: replacing, durably: isDurable)
            record(.renamed, request.first, request.second)
            succeed(id, &output)
        } catch {
            fail(error, about: error.concernsTarget ? request.second : request.first, id, &output)
        }
    }

    /// hardlink@openssh.com: the existing file, then its new name.
    func hardlink(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try TwoPathsRequest(body)
        guard hasRoom(forBytes: DiskReserve.bytesPerName, about: request.second, id, &output) else { return }
        do throws(Errno) {
            try files.makeHardLink(request.second, to: request.first, durably: isDurable)
            record(.madeHardLink, request.second, request.first)
            succeed(id, &output)
        } catch {
            fail(error, about: error.concernsTarget ? request.second : request.first, id, &output)
        }
    }

    /// SSH_FXP_SYMLINK: the link's content, then the link, as OpenSSH has it.
    func symlink(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try TwoPathsRequest(body)
        guard options.allowsSymbolicLinks else {
            return status(
                .permissionDenied, "Symbolic links are not allowed here", about: request.second, id, &output)
        }
        guard hasRoom(forBytes: DiskReserve.bytesPerName, names: 1, about: request.second, id, &output) else { return }
        do throws(Errno) {
            try files.makeSymbolicLink(request.second, to: request.first, durably: isDurable)
            record(.madeSymbolicLink, request.second, request.first)
            succeed(id, &output)
        } catch {
            fail(error, about: request.second, id, &output)
        }
    }

    /// SSH_FXP_READLINK.
    func readlink(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        do throws(Errno) {
            let target = try files.linkTarget(of: request.path)
            output.appendName(target.span.bytes, to: id)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_REALPATH.
    func realpath(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        do throws(Errno) {
            let path = try files.realpath(request.path)
            output.appendName(path.span.bytes, to: id)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }
}

extension Errno {
    /// Whether of two paths the second is the one to show.
    fileprivate var concernsTarget: Bool {
        self == .fileExists || self == .directoryNotEmpty || self == .isDirectory
    }
}
