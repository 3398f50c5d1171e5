/// Why the listener can't serve, in words for the operator.
struct ServiceFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
