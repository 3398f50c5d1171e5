/// A queue of bytes in one block of memory: appended at the end, consumed from the front.
///
/// It is the input buffer and the output queue of a channel and the place where messages are built. Appending moves the
/// bytes to the front of the block or grows it only when the free space behind them is used up, so a queue that is
/// drained regularly allocates nothing. Bounds are the caller's: the queue itself never refuses.
public struct ByteQueue: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    /// An empty queue with room for `capacity` bytes.
    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Bytes in the queue.
    @inlinable public var count: Int { tail &- head }

    /// Whether there is nothing in the queue.
    @inlinable public var isEmpty: Bool { tail == head }

    /// The bytes in the queue, oldest first.
    @inlinable public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base + head), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Drops the oldest `count` bytes (all of them, when there are fewer).
    @inlinable public mutating func consume(_ count: Int) {
        head &+= max(0, min(count, self.count))
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Drops the newest bytes so that `count` are left (no change when there are fewer): takes back what was appended.
    @inlinable public mutating func truncate(to count: Int) {
        guard count < self.count else { return }
        tail = head &+ max(0, count)
    }

    /// Drops everything and gives memory beyond `capacity` bytes back.
    public mutating func removeAll(keepingCapacity limit: Int) {
        head = 0
        tail = 0
        guard capacity > limit else { return }
        capacity = max(limit, 16)
        unsafe base.deallocate()
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    /// Overwrites everything that the block holds, used or not, with zeros and empties the queue.
    public mutating func wipe() {
        for offset in 0..<capacity {
            unsafe base.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
        head = 0
        tail = 0
    }

    /// Moves the bytes to the front of the block where that costs no more than what was consumed: a queue that never
    /// runs empty then touches no more memory than it needs.
    @inlinable public mutating func compact() {
        guard !isEmpty, count <= head else { return }
        moveToFront()
    }

    @usableFromInline mutating func moveToFront() {
        let used = count
        unsafe base.copyMemory(from: base + head, byteCount: used)
        head = 0
        tail = used
    }

    /// Makes room for at least `count` more bytes.
    @inlinable public mutating func reserve(_ count: Int) {
        if capacity &- tail < count { makeRoom(count) }
    }

    @usableFromInline mutating func makeRoom(_ count: Int) {
        let used = self.count
        let needed = used + count
        // Moving costs a copy: worth it only when at least half of the block is free afterwards.
        if needed <= capacity, used <= capacity / 2 { return moveToFront() }
        let grown = max(needed, capacity * 2)
        let block = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
        unsafe block.copyMemory(from: base + head, byteCount: used)
        unsafe base.deallocate()
        unsafe base = block
        capacity = grown
        head = 0
        tail = used
    }

    /// Appends what `body` writes into free space of at least `count` bytes; `body` returns how many bytes it wrote.
    /// A result below zero or above the space counts as nothing written.
    @inlinable
    public mutating func append<Failure: Error>(
        upTo count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        reserve(count)
        let free = unsafe UnsafeMutableRawBufferPointer(start: base + tail, count: count)
        let written = try unsafe body(free)
        guard written > 0, written <= count else { return 0 }
        tail &+= written
        return written
    }

    /// RFC 4251 section 5 `byte`.
    @inlinable public mutating func append(_ value: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: value, toByteOffset: tail, as: UInt8.self)
        tail &+= 1
    }

    /// RFC 4251 section 5 `boolean`.
    @inlinable public mutating func append(_ value: Bool) {
        append(value ? 1 : 0 as UInt8)
    }

    /// RFC 4251 section 5 `uint32`.
    @inlinable public mutating func append(_ value: UInt32) {
        reserve(4)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: tail, as: UInt32.self)
        tail &+= 4
    }

    /// RFC 4251 section 5 `uint64`.
    @inlinable public mutating func append(_ value: UInt64) {
        reserve(8)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: tail, as: UInt64.self)
        tail &+= 8
    }

    /// Bytes as they are, without a length.
    @inlinable public mutating func append(raw bytes: RawSpan) {
        let count = bytes.byteCount
        guard count > 0 else { return }
        reserve(count)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + tail).copyMemory(from: start, byteCount: count)
        }
        tail &+= count
    }

    /// RFC 4251 section 5 `string`. Bytes beyond 2³² − 1, which no length can say, are cut.
    @inlinable public mutating func append(string bytes: RawSpan) {
        let length = UInt32(clamping: bytes.byteCount)
        append(length)
        append(raw: bytes.extracting(first: Int(length)))
    }

    /// RFC 4251 section 5 `string`.
    @inlinable public mutating func append(string bytes: [UInt8]) {
        append(string: bytes.span.bytes)
    }

    /// RFC 4251 section 5 `string`, in UTF-8.
    @inlinable public mutating func append(string text: String) {
        append(string: text.utf8.span.bytes)
    }

    /// RFC 4251 section 5 `string`, in UTF-8, of text known when the program was built.
    @inlinable public mutating func append(string text: StaticString) {
        let length = text.utf8CodeUnitCount
        append(UInt32(clamping: length))
        unsafe append(raw: RawSpan(_unsafeStart: text.utf8Start, byteCount: length))
    }

    /// Overwrites the `uint32` that stands `offset` bytes behind the front: fills in a length that was not known when
    /// its place was appended. Does nothing outside of the queue's bytes.
    @inlinable public mutating func replaceUInt32(at offset: Int, with value: UInt32) {
        guard offset >= 0, offset <= count &- 4 else { return }
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: head &+ offset, as: UInt32.self)
    }
}
