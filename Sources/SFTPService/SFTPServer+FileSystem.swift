import ConfinedFileSystem
import SFTPProtocol
import SSHWire

// statvfs@openssh.com, fstatvfs@openssh.com, limits@openssh.com: replies of their own form.

extension SFTPServer {
    /// statvfs@openssh.com.
    func statvfs(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try PathRequest(body)
        do throws(Errno) {
            output.append(try files.fileSystemStatus(of: request.path), to: id)
        } catch {
            fail(error, about: request.path, id, &output)
        }
    }

    /// fstatvfs@openssh.com.
    func fstatvfs(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        guard let file = handles.file(try HandleRequest(body).handle) else { return refuseHandle(id, &output) }
        do throws(Errno) {
            let status = try file.withFile { (file) throws(Errno) in try file.fileSystemStatus() }
            output.append(status, to: id)
        } catch {
            fail(error, about: file, id, &output)
        }
    }

    /// limits@openssh.com.
    func limits(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let reply = output.startReply(.extendedReply, to: id)
        output.append(UInt64(ProtocolLimit.packetBytes))
        output.append(UInt64(ProtocolLimit.readBytes))
        output.append(UInt64(ProtocolLimit.writeBytes))
        output.append(UInt64(clamping: handles.limit))
        output.finish(reply)
    }
}

extension ByteQueue {
    private static let readOnlyFlag: UInt64 = 1
    private static let noSetUserIDFlag: UInt64 = 2

    /// The reply to statvfs@openssh.com. The file system's id is 0: it would name the host's disk.
    fileprivate mutating func append(_ status: FileSystemStatus, to id: UInt32) {
        let reply = startReply(.extendedReply, to: id)
        append(status.blockBytes)
        append(status.fragmentBytes)
        append(status.blocks)
        append(status.blocksFree)
        append(status.blocksAvailable)
        append(status.files)
        append(status.filesFree)
        append(status.filesAvailable)
        append(0 as UInt64)
        append(
            (status.isReadOnly ? Self.readOnlyFlag : 0) | (status.ignoresSetUserID ? Self.noSetUserIDFlag : 0))
        append(status.nameBytesMax)
        finish(reply)
    }
}
