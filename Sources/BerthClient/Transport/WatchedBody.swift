import NIOCore
import Synchronization

/// Whether the body of a request was asked for, which is when its head has gone out and nothing of the body yet.
///
/// As long as it was not, the service can't have carried out what it has no body of, however the attempt ends.
final class SendMark: Sendable {
    private let asked = Atomic<Bool>(false)

    var isSet: Bool { asked.load(ordering: .acquiring) }

    func set() { asked.store(true, ordering: .releasing) }
}

/// A body in one piece that tells when it is asked for.
struct WatchedBody: AsyncSequence, Sendable {
    let bytes: ByteBuffer
    let mark: SendMark

    func makeAsyncIterator() -> Iterator { Iterator(bytes: bytes, mark: mark) }

    struct Iterator: AsyncIteratorProtocol {
        var bytes: ByteBuffer?
        let mark: SendMark

        mutating func next() async -> ByteBuffer? {
            mark.set()
            defer { bytes = nil }
            return bytes
        }
    }
}
