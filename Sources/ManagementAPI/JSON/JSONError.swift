/// Why bytes are no JSON text that Berth reads.
enum JSONError: Error, Equatable {
    /// Not valid UTF-8.
    case notUTF8
    /// Something else than the grammar of RFC 8259 allows, at this byte.
    case unexpected(offset: Int)
    /// More arrays and objects inside each other than the reader follows.
    case nestedTooDeep
}
