import ConfinedFileSystem

/// A copy-data request that is under way: done in pieces, so that the session hears its broker meanwhile.
struct CopyOperation {
    /// The most bytes copied before the caller gets its turn: a few milliseconds of a processor.
    static let bytesPerTurn = 8 << 20

    /// What became of a turn.
    enum Progress {
        case goesOn
        case complete
        /// The source ended before as many bytes as were asked for.
        case sourceTooShort
    }

    /// The request's.
    let id: UInt32
    let source: FileHandle
    let target: FileHandle
    private var offset: UInt64
    private var targetOffset: UInt64
    /// Bytes left to copy; nil: all until the end.
    private var left: UInt64?

    /// - Parameter length: bytes to copy; 0: all until the source's end.
    init(
        id: UInt32, from source: FileHandle, at offset: UInt64, length: UInt64, to target: FileHandle,
        at targetOffset: UInt64
    ) {
        self.id = id
        self.source = source
        self.target = target
        self.offset = offset
        self.targetOffset = targetOffset
        left = length > 0 ? length : nil
    }

    /// What the next turn may copy at most.
    func bytesAhead(_ budget: Int) -> Int {
        let size = (try? source.withFile { (file) throws(Errno) in try file.status() })?.sizeBytes ?? 0
        return Int(clamping: min(UInt64(clamping: budget), left ?? .max, size > offset ? size - offset : 0))
    }

    /// Copies until `budget` bytes are used up, or to the end.
    mutating func advance(_ budget: inout Int) throws(Errno) -> Progress {
        while left != 0 {
            guard budget > 0 else { return .goesOn }
            let count = min(budget, left.map { Int(clamping: $0) } ?? budget)
            let copied = try source.copy(upTo: count, at: offset, to: target, at: targetOffset)
            guard copied > 0 else { return left == nil ? .complete : .sourceTooShort }
            budget -= copied
            // Neither sum overflows: the file system took both offsets.
            offset &+= UInt64(copied)
            targetOffset &+= UInt64(copied)
            left = left.map { $0 - UInt64(min(copied, count)) }
        }
        return .complete
    }
}
