import ConfinedFileSystem
import SFTPProtocol
import SSHWire

// copy-data: a copy inside the server, which may take many turns.

extension SFTPServer {
    /// copy-data. The answer comes when all is copied, see ``continueCopy(_:_:)``.
    func copyData(_ body: RawSpan, _ id: UInt32, _ output: inout ByteQueue) throws(WireError) {
        let request = try CopyDataRequest(body)
        guard let source = handles.file(request.source), let target = handles.file(request.target) else {
            return refuseHandle(id, &output)
        }
        do throws(Errno) {
            let from = try source.withFile { (file) throws(Errno) in try file.status() }
            let to = try target.withFile { (file) throws(Errno) in try file.status() }
            guard !from.isSameFile(as: to) else {
                let path = target.path
                return status(.failure, "A file can't be copied to itself", about: path.span.bytes, id, &output)
            }
            let isInReach =
                request.sourceOffset <= UInt64(Int64.max)
                && (request.targetOffset <= UInt64(Int64.max) || target.flags.contains(.append))
            guard isInReach else { throw .invalidArgument }
            copying = CopyOperation(
                id: id, from: source, at: request.sourceOffset, length: request.length, to: target,
                at: target.flags.contains(.append) ? 0 : request.targetOffset)
        } catch {
            fail(error, about: target, id, &output)
        }
    }

    /// Goes on with the copy that is under way, if any, and answers when it is done.
    ///
    /// - Parameter budget: how many bytes may still be copied in this turn.
    /// - Returns: whether the next request may be answered.
    func continueCopy(_ budget: inout Int, _ output: inout ByteQueue) -> Bool {
        guard budget > 0 else { return false }
        guard var copy = copying.take() else { return true }
        operation = .copy
        guard isWithinReserve(bytes: copy.bytesAhead(budget)) else {
            refuseForWantOfRoom(about: copy.target, copy.id, &output)
            return true
        }
        do throws(Errno) {
            switch try copy.advance(&budget) {
            case .goesOn:
                copying = copy
                return false
            case .complete: succeed(copy.id, &output)
            case .sourceTooShort:
                let path = copy.source.path
                status(.endOfFile, "End of file", about: path.span.bytes, copy.id, &output)
            }
        } catch {
            fail(error, about: copy.target, copy.id, &output)
        }
        return true
    }
}
