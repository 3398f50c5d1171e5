import ConfinedFileSystem
import SFTPProtocol
import SSHWire

// STAT and its kin, SETSTAT and its kin.

extension SFTPServer {
    /// SSH_FXP_STAT and SSH_FXP_LSTAT.
    func stat(
        _ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue, followLinks: Bool
    ) throws(WireError) {
        let request = try PathRequest(body)
        do throws(Errno) {
            let status = try files.status(of: request.path, followLinks: followLinks)
            output.appendAttributes(FileAttributes(status, options: options), to: id)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_FSTAT.
    func fstat(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        guard let file = handles.file(try HandleRequest(body).handle) else { return refuseHandle(id, &output) }
        do throws(Errno) {
            let status = try file.withFile { (file) throws(Errno) in try file.status() }
            output.appendAttributes(FileAttributes(status, options: options), to: id)
        } catch {
            fail(error, about: file, id, &output)
        }
    }

    /// SSH_FXP_SETSTAT and lsetstat@openssh.com.
    func setstat(
        _ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue, followLinks: Bool
    ) throws(WireError) {
        let request = try PathAttributesRequest(body)
        guard followLinks || request.attributes.size == nil else {
            return status(.badMessage, "A link has no size to set", about: request.path, id, &output)
        }
        let changes = request.attributes.changes
        do throws(Errno) {
            // Without anything to set, OpenSSH doesn't look whether there is such a file.
            if !changes.isEmpty || request.attributes.owner != nil {
                try files.setAttributes(changes, of: request.path, followLinks: followLinks)
            }
            if !changes.isEmpty { record(.attributesChanged, request.path) }
            try checkOwner(request.attributes.owner)
            succeed(id, &output)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_FSETSTAT.
    func fsetstat(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try HandleAttributesRequest(body)
        guard let file = handles.file(request.handle) else { return refuseHandle(id, &output) }
        do throws(Errno) {
            try file.setAttributes(request.attributes.changes)
            try checkOwner(request.attributes.owner)
            succeed(id, &output)
        } catch {
            fail(error, about: file, id, &output)
        }
    }

    /// Owner and group can't be changed, as for every unprivileged owner; setting what is shown changes nothing.
    private func checkOwner(_ owner: FileAttributes.Owner?) throws(Errno) {
        guard let owner else { return }
        let shown = FileAttributes.Owner(user: options.shownOwner.number, group: options.shownGroup.number)
        guard owner == shown else { throw .notPermitted }
    }
}
