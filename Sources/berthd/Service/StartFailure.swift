/// Why the service can't start or go on, in words for the operator.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
}
