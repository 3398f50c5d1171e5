/// Reads RFC 4251 data types out of one whole frame.
///
/// The reader borrows the frame (it is `~Escapable`), so that nothing it returns can outlive the packet it came from.
/// Each call either consumes exactly the value or throws and leaves the reader where it was. All length arithmetic is
/// in ``take(_:)``.
public struct WireReader: ~Escapable {
    @usableFromInline var rest: RawSpan

    /// Starts reading at the first byte of `frame`.
    @inlinable @_lifetime(copy frame)
    public init(_ frame: RawSpan) {
        rest = frame
    }

    /// Bytes not read yet.
    @inlinable public var remaining: Int { rest.byteCount }

    /// Whether all of the frame was read.
    @inlinable public var isAtEnd: Bool { rest.isEmpty }

    @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
    mutating func take(_ count: Int) throws(WireError) -> RawSpan {
        guard count >= 0, count <= rest.byteCount else {
            throw .truncated(needed: count, available: rest.byteCount)
        }
        let taken = rest.extracting(first: count)
        rest = rest.extracting(droppingFirst: count)
        return taken
    }

    /// RFC 4251 section 5 `byte`.
    @inlinable @_lifetime(self: copy self)
    public mutating func readByte() throws(WireError) -> UInt8 {
        try take(1).unsafeLoad(as: UInt8.self)
    }

    /// RFC 4251 section 5 `boolean`: any value but 0 is true.
    @inlinable @_lifetime(self: copy self)
    public mutating func readBoolean() throws(WireError) -> Bool {
        try readByte() != 0
    }

    /// RFC 4251 section 5 `uint32`.
    @inlinable @_lifetime(self: copy self)
    public mutating func readUInt32() throws(WireError) -> UInt32 {
        UInt32(bigEndian: try take(4).unsafeLoadUnaligned(as: UInt32.self))
    }

    /// RFC 4251 section 5 `uint64`.
    @inlinable @_lifetime(self: copy self)
    public mutating func readUInt64() throws(WireError) -> UInt64 {
        UInt64(bigEndian: try take(8).unsafeLoadUnaligned(as: UInt64.self))
    }

    /// RFC 4251 section 5 `string`: the bytes, borrowed from the frame.
    ///
    /// - Parameter limit: the longest string taken here; a longer one is refused before anything is read.
    @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func readString(limit: Int = .max) throws(WireError) -> RawSpan {
        let before = rest
        let length = Int(try readUInt32())
        guard length <= limit else {
            rest = before
            throw .tooLong(length: length, limit: limit)
        }
        guard length <= rest.byteCount else {
            let available = rest.byteCount
            rest = before
            throw .truncated(needed: length, available: available)
        }
        return try take(length)
    }

    /// Everything that is left, borrowed from the frame.
    @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func readRest() -> RawSpan {
        let taken = rest
        rest = rest.extracting(first: 0)
        return taken
    }

    /// Checks that the frame was read to its end.
    @inlinable
    public func expectEnd() throws(WireError) {
        guard rest.isEmpty else { throw .trailingBytes(count: rest.byteCount) }
    }
}

extension [UInt8] {
    /// A copy of borrowed bytes, for those few that must outlive their frame.
    @inlinable
    public init(_ span: RawSpan) {
        self = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
    }
}
