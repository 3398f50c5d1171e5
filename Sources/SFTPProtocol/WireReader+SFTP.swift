import SSHWire

extension WireReader {
    /// A path: any bytes but NUL. One NUL at the very end is dropped, as OpenSSH does for clients that send C strings.
    @_lifetime(self: copy self) @_lifetime(copy self)
    public mutating func readPath() throws(WireError) -> RawSpan {
        let bytes = try readString()
        let count = bytes.byteCount
        for index in 0..<count where bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == 0 {
            guard index == count - 1 else { throw .malformed }
            return bytes.extracting(first: index)
        }
        return bytes
    }

    /// A handle.
    @_lifetime(self: copy self)
    public mutating func readHandle() throws(WireError) -> WireHandle {
        WireHandle(try readString())
    }
}
