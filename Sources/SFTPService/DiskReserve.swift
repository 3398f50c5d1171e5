import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SSHWire

/// Keeps a share of the file system free: what would take room is refused once less than that is left, so that the
/// registry, and the partners' own removing and renaming, always find some. One for all channels of a session.
///
/// The file system is not asked at each WRITE. Each look allows what follows: at most a 256th of the room above the share
/// and 8 MiB, for at most 100 ms; the less there is, the less is allowed, and near the share each request is looked at. So
/// all sessions together go below the share by no more than what the disk takes in 100 ms, by no more than 8 MiB for each
/// of them, and by not much at all while fewer than 256 of them write.
public final class DiskReserve {
    /// What a look at the file system allows, at most.
    static let bytesPerLook: UInt64 = 8 << 20
    static let namesPerLook: UInt64 = 1_000
    static let millisecondsPerLook: Int64 = 100
    /// The part of the room above the share that one look allows.
    private static let part: UInt64 = 256
    /// Seconds between two reports of a refusal.
    private static let secondsPerReport: Int64 = 60
    /// What a new name takes, beside its inode.
    static let bytesPerName = 4_096

    private let percent: UInt64
    private let refused: () -> Void
    private var bytesLeft: UInt64 = 0
    private var namesLeft: UInt64 = 0
    private var validUntil: Int64 = .min
    private var reportedAt: Int64 = .min

    /// A reserve.
    ///
    /// - Parameters:
    ///   - percent: of all blocks and of all inodes, which stay free; 0 for none.
    ///   - refused: is told that something was refused, at most once a minute.
    public init(percent: Int, refused: @escaping () -> Void = {}) {
        self.percent = UInt64(clamping: min(percent, 100))
        self.refused = refused
    }

    /// Whether so many bytes more may be written, and so many names more made.
    ///
    /// - Parameter look: asks the file system.
    func admits(bytes: Int, names: Int = 0, _ look: () throws(Errno) -> FileSystemStatus) -> Bool {
        guard percent > 0 else { return true }
        let bytes = UInt64(clamping: bytes), names = UInt64(clamping: names)
        let now = Self.milliseconds
        if now < validUntil, bytes <= bytesLeft, names <= namesLeft {
            bytesLeft -= bytes
            namesLeft -= names
            return true
        }
        // A file system that can't be asked refuses by itself when it is full.
        guard let status = try? look() else { return true }
        let rooms = (bytes: bytesAbove(status), names: namesAbove(status))
        bytesLeft = min(rooms.bytes / Self.part, Self.bytesPerLook)
        namesLeft = min(rooms.names / Self.part, Self.namesPerLook)
        validUntil = now + Self.millisecondsPerLook
        guard rooms.bytes > 0, bytes <= rooms.bytes, names == 0 || names <= rooms.names else {
            validUntil = .min
            if reportedAt == .min || now - reportedAt >= Self.secondsPerReport * 1_000 {
                reportedAt = now
                refused()
            }
            return false
        }
        return true
    }

    private func bytesAbove(_ status: FileSystemStatus) -> UInt64 {
        let blocks = above(status.blocksAvailable, of: status.blocks)
        return blocks.multipliedReportingOverflow(by: max(1, status.fragmentBytes)).overflow
            ? .max : blocks * max(1, status.fragmentBytes)
    }

    /// Some file systems have no number of inodes.
    private func namesAbove(_ status: FileSystemStatus) -> UInt64 {
        status.files == 0 ? .max : above(status.filesAvailable, of: status.files)
    }

    private func above(_ available: UInt64, of all: UInt64) -> UInt64 {
        // In two parts, so that no number of blocks overflows.
        let kept = all / 100 * percent + all % 100 * percent / 100
        return available > kept ? available - kept : 0
    }

    /// The clock that costs no more than reading memory; it moves every few milliseconds.
    private static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension SFTPServer {
    /// Whether so much more may be stored; where not, it is answered already.
    func hasRoom(
        forBytes bytes: Int, names: Int = 0, about path: RawSpan, _ id: UInt32, _ output: inout ByteQueue
    ) -> Bool {
        guard !isWithinReserve(bytes: bytes, names: names) else { return true }
        refuseForWantOfRoom(about: path, id, &output)
        return false
    }

    /// Whether so much more may be stored.
    func isWithinReserve(bytes: Int, names: Int = 0) -> Bool {
        reserve.admits(bytes: bytes, names: names) { () throws(Errno) in
            let root: [UInt8] = [UInt8(ascii: "/")]
            return try files.fileSystemStatus(of: root.span.bytes)
        }
    }

    /// The answer to what would take room that is to stay free.
    func refuseForWantOfRoom(about path: RawSpan, _ id: UInt32, _ output: inout ByteQueue) {
        status(
            .failure, "The server's disk is almost full: nothing can be stored until there is room", about: path, id,
            &output)
    }

    /// The same about an open file.
    func refuseForWantOfRoom(about file: FileHandle, _ id: UInt32, _ output: inout ByteQueue) {
        let path = file.path
        refuseForWantOfRoom(about: path.span.bytes, id, &output)
    }
}
