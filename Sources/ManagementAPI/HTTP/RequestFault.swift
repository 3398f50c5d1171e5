/// What is wrong with bytes that were sent for a request, in a sentence for the client.
struct RequestFault: Equatable {
    let message: String

    static let noHTTP = RequestFault(message: "The request is not valid HTTP/1.1.")
    static let headTooLarge = RequestFault(
        message:
            "The request's head is too large: at most 16 KiB for a field, 32 KiB and 100 fields in all are allowed.")
}
