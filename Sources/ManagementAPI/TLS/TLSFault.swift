/// What is wrong with a certificate or its key, in words for the operator that name the file.
public struct TLSFault: Error, Equatable, CustomStringConvertible {
    /// One sentence without a full stop.
    public let description: String

    /// A fault, in such a sentence.
    public init(_ description: String) {
        self.description = description
    }
}
