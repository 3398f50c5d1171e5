import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SSHWire

/// The `longname` of a directory's entries: a line as `ls -l` prints it, with times in UTC.
struct LongName {
    /// Half a year: files changed longer ago, or in the future, show the year in place of the time of day.
    private static let recentSeconds: Int64 = 365 * 24 * 60 * 60 / 2

    let options: SFTPOptions
    /// The present, in seconds since 1970.
    let nowSeconds: Int64

    /// Appends it as a `string`: `-rw-r--r--   1 partner  berth        1024 Nov 23 16:49 name`.
    func append(_ name: RawSpan, _ status: FileStatus, to queue: inout ByteQueue) {
        let lengthOffset = queue.count
        queue.append(0 as UInt32)
        appendMode(status.mode, to: &queue)
        queue.append(UInt8(ascii: " "))
        appendNumber(status.links, width: 3, to: &queue)
        appendColumn(options.shownOwner.name, to: &queue)
        appendColumn(options.shownGroup.name, to: &queue)
        queue.append(UInt8(ascii: " "))
        appendNumber(status.sizeBytes, width: 8, to: &queue)
        queue.append(UInt8(ascii: " "))
        appendDate(status.modificationSeconds, to: &queue)
        queue.append(UInt8(ascii: " "))
        queue.append(raw: name)
        queue.replaceUInt32(at: lengthOffset, with: UInt32(clamping: queue.count - lengthOffset - 4))
    }

    private func appendMode(_ mode: UInt32, to queue: inout ByteQueue) {
        let type: Unicode.Scalar =
            switch mode & S_IFMT {
            case S_IFDIR: "d"
            case S_IFLNK: "l"
            case S_IFREG: "-"
            case S_IFIFO: "p"
            case S_IFSOCK: "s"
            case S_IFCHR: "c"
            case S_IFBLK: "b"
            default: "?"
            }
        queue.append(UInt8(ascii: type))
        appendBits(mode >> 6, mode & S_ISUID != 0, "s", "S", to: &queue)
        appendBits(mode >> 3, mode & S_ISGID != 0, "s", "S", to: &queue)
        appendBits(mode, mode & S_ISVTX != 0, "t", "T", to: &queue)
    }

    /// Three letters: those for a special bit stand in the place of the last, large where that would be "-".
    private func appendBits(
        _ bits: UInt32, _ isSpecial: Bool, _ set: Unicode.Scalar, _ unset: Unicode.Scalar, to queue: inout ByteQueue
    ) {
        queue.append(UInt8(ascii: bits & 4 != 0 ? "r" : "-"))
        queue.append(UInt8(ascii: bits & 2 != 0 ? "w" : "-"))
        let isExecutable = bits & 1 != 0
        let plain: Unicode.Scalar = isExecutable ? "x" : "-"
        queue.append(UInt8(ascii: isSpecial ? (isExecutable ? set : unset) : plain))
    }

    private func appendColumn(_ text: StaticString, to queue: inout ByteQueue) {
        queue.append(UInt8(ascii: " "))
        append(text, to: &queue)
        pad(from: text.utf8CodeUnitCount, to: 8, &queue)
    }

    private func append(_ text: StaticString, to queue: inout ByteQueue) {
        unsafe queue.append(raw: RawSpan(_unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount))
    }

    private func pad(from length: Int, to width: Int, _ queue: inout ByteQueue) {
        for _ in 0..<max(0, width - length) { queue.append(UInt8(ascii: " ")) }
    }

    private func appendNumber(
        _ value: UInt64, width: Int, padding: Unicode.Scalar = " ", to queue: inout ByteQueue
    ) {
        // 20 digits are the most that there are.
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: padding))
        var first = digits.count
        var rest = value
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0 && first > 0
        first = max(0, min(first, digits.count - width))
        queue.append(raw: digits.span.extracting(first...).bytes)
    }

    /// `Nov 23 16:49`, or `Nov 23  2019`.
    private func appendDate(_ seconds: Int64, to queue: inout ByteQueue) {
        let date = CivilDate(secondsSince1970: seconds)
        append(date.monthName, to: &queue)
        queue.append(UInt8(ascii: " "))
        appendNumber(UInt64(date.day), width: 2, to: &queue)
        queue.append(UInt8(ascii: " "))
        if seconds <= nowSeconds, nowSeconds - Self.recentSeconds < seconds {
            appendNumber(UInt64(date.hour), width: 2, padding: "0", to: &queue)
            queue.append(UInt8(ascii: ":"))
            appendNumber(UInt64(date.minute), width: 2, padding: "0", to: &queue)
        } else {
            appendNumber(UInt64(clamping: date.year), width: 5, to: &queue)
        }
    }
}
