import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SSHWire

/// The `longname` of a directory's entries: a line as `ls -l` prints it, with times in UTC.
///
/// What an entry has in common with the one before it, mostly all but name and size, is written once.
struct LongName: ~Copyable {
    /// Half a year: files changed longer ago, or in the future, show the year in place of the time of day.
    private static let recentSeconds: Int64 = 365 * 24 * 60 * 60 / 2

    private let options: SFTPOptions
    private let nowSeconds: Int64
    /// The last entry's line up to its size, and what it was made from.
    private var front = ByteQueue(capacity: 64)
    private var frontSource: (mode: UInt32, links: UInt64)?
    /// The last entry's date with a space at both ends, and what it was made from.
    private var date = ByteQueue(capacity: 32)
    private var dateSource: (minute: Int64, isRecent: Bool)?

    /// Lines of entries that are looked at now, in seconds since 1970.
    init(options: SFTPOptions, nowSeconds: Int64) {
        self.options = options
        self.nowSeconds = nowSeconds
    }

    /// Appends it as a `string`: `-rw-r--r--   1 partner  berth        1024 Nov 23 16:49 name`.
    mutating func append(_ name: RawSpan, _ status: FileStatus, to queue: inout ByteQueue) {
        let lengthOffset = queue.count
        queue.append(0 as UInt32)
        prepareFront(status.mode, status.links)
        queue.append(raw: front.bytes)
        queue.append(number: status.sizeBytes, width: 8)
        prepareDate(status.modificationSeconds)
        queue.append(raw: date.bytes)
        queue.append(raw: name)
        queue.replaceUInt32(at: lengthOffset, with: UInt32(clamping: queue.count - lengthOffset - 4))
    }

    /// `-rw-r--r--   1 partner  berth    `.
    private mutating func prepareFront(_ mode: UInt32, _ links: UInt64) {
        if let frontSource, frontSource == (mode, links) { return }
        frontSource = (mode, links)
        front.truncate(to: 0)
        front.append(mode: mode)
        front.append(UInt8(ascii: " "))
        front.append(number: links, width: 3)
        front.append(column: options.shownOwner.name)
        front.append(column: options.shownGroup.name)
        front.append(UInt8(ascii: " "))
    }

    /// ` Nov 23 16:49 `.
    private mutating func prepareDate(_ seconds: Int64) {
        let minute = seconds / 60 - (seconds % 60 < 0 ? 1 : 0)
        let isRecent = seconds <= nowSeconds && nowSeconds - Self.recentSeconds < seconds
        if let dateSource, dateSource == (minute, isRecent) { return }
        dateSource = (minute, isRecent)
        date.truncate(to: 0)
        date.append(UInt8(ascii: " "))
        date.append(CivilDate(secondsSince1970: seconds), withTime: isRecent)
        date.append(UInt8(ascii: " "))
    }
}

extension ByteQueue {
    fileprivate mutating func append(mode: UInt32) {
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
        append(UInt8(ascii: type))
        appendBits(mode >> 6, mode & S_ISUID != 0, "s", "S")
        appendBits(mode >> 3, mode & S_ISGID != 0, "s", "S")
        appendBits(mode, mode & S_ISVTX != 0, "t", "T")
    }

    /// Three letters: those for a special bit stand in the place of the last, large where that would be "-".
    private mutating func appendBits(
        _ bits: UInt32, _ isSpecial: Bool, _ set: Unicode.Scalar, _ unset: Unicode.Scalar
    ) {
        append(UInt8(ascii: bits & 4 != 0 ? "r" : "-"))
        append(UInt8(ascii: bits & 2 != 0 ? "w" : "-"))
        let isExecutable = bits & 1 != 0
        let plain: Unicode.Scalar = isExecutable ? "x" : "-"
        append(UInt8(ascii: isSpecial ? (isExecutable ? set : unset) : plain))
    }

    fileprivate mutating func append(column text: StaticString) {
        append(UInt8(ascii: " "))
        append(raw: text)
        for _ in 0..<max(0, 8 - text.utf8CodeUnitCount) { append(UInt8(ascii: " ")) }
    }

    private mutating func append(raw text: StaticString) {
        unsafe append(raw: RawSpan(_unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount))
    }

    fileprivate mutating func append(number: UInt64, width: Int, padding: Unicode.Scalar = " ") {
        // 20 digits are the most that there are.
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: padding))
        var first = digits.count
        var rest = number
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0 && first > 0
        first = max(0, min(first, digits.count - width))
        append(raw: digits.span.extracting(first...).bytes)
    }

    /// `Nov 23 16:49`, or `Nov 23  2019`.
    fileprivate mutating func append(_ date: CivilDate, withTime: Bool) {
        append(raw: date.monthName)
        append(UInt8(ascii: " "))
        append(number: UInt64(date.day), width: 2)
        append(UInt8(ascii: " "))
        if withTime {
            append(number: UInt64(date.hour), width: 2, padding: "0")
            append(UInt8(ascii: ":"))
            append(number: UInt64(date.minute), width: 2, padding: "0")
        } else {
            append(number: UInt64(clamping: date.year), width: 5)
        }
    }
}
