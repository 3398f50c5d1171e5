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
            output.appendAttributes(FileAttributes(status, owner: options.shownNumbers), to: id)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// SSH_FXP_FSTAT.
    func fstat(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        guard let file = handles.file(try HandleRequest(body).handle) else { return refuseHandle(id, &output) }
        do throws(Errno) {
            let status = try file.withFile { (file) throws(Errno) in try file.status() }
            output.appendAttributes(FileAttributes(status, owner: options.shownNumbers), to: id)
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
        if let size = request.attributes.size, !isWithinReserve(bytes: 0) {
            // Only what would be longer; an error is met again below.
            let present = (try? files.status(of: request.path, followLinks: followLinks))?.sizeBytes ?? .max
            if size > present { return refuseForWantOfRoom(about: request.path, id, &output) }
        }
        var failure: Errno?
        // Without anything to set, OpenSSH doesn't look whether there is such a file.
        if !changes.isEmpty {
            do throws(Errno) {
                try files.setAttributes(changes, of: request.path, followLinks: followLinks, durably: isDurable)
                record(.attributesChanged, request.path)
            } catch {
                failure = error
            }
        }
        if let owner = request.attributes.owner {
            do throws(Errno) {
                _ = try files.status(of: request.path, followLinks: followLinks)
                try checkOwner(owner)
            } catch {
                failure = error
            }
        }
        guard let failure else { return succeed(id, &output) }
        fail(failure, about: request.path, id, &output)
    }

    /// SSH_FXP_FSETSTAT.
    func fsetstat(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try HandleAttributesRequest(body)
        guard let file = handles.file(request.handle) else { return refuseHandle(id, &output) }
        let changes = request.attributes.changes
        if let size = request.attributes.size, !isWithinReserve(bytes: 0) {
            let present = (try? file.withFile { (file) throws(Errno) in try file.status() })?.sizeBytes ?? .max
            if size > present { return refuseForWantOfRoom(about: file, id, &output) }
        }
        var failure: Errno?
        if !changes.isEmpty {
            do throws(Errno) {
                try file.setAttributes(changes)
                let path = file.path
                record(.attributesChanged, path.span.bytes)
            } catch {
                failure = error
            }
        }
        if let owner = request.attributes.owner {
            do throws(Errno) { try checkOwner(owner) } catch { failure = error }
        }
        guard let failure else { return succeed(id, &output) }
        fail(failure, about: file, id, &output)
    }

    /// Owner and group can't be changed, as for every unprivileged owner; setting what is shown changes nothing.
    private func checkOwner(_ owner: FileAttributes.Owner) throws(Errno) {
        guard owner == options.shownNumbers else { throw .notPermitted }
    }
}
