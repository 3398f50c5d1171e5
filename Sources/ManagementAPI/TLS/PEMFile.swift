import Glibc
import SessionControl

/// A file that should hold something in PEM (RFC 7468), as it was when it was read.
public struct PEMFile: Sendable {
    /// Certificates and keys are far smaller.
    static let sizeLimitBytes = 1 << 20

    /// Where it was.
    public let path: String
    /// What was in it.
    let bytes: [UInt8]

    /// Reads the file at `path`, unless others have rights to it that they may not have.
    ///
    /// - Parameters:
    ///   - kind: what it is, and so which rights those are.
    ///   - readers: groups that may read it.
    public init(path: String, as kind: PrivatePlace.Kind, readers: Set<gid_t> = []) throws(TLSFault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(path) }
        defer { close(descriptor) }
        // Of what is read, not of what is at the path by now.
        if let fault = PrivatePlace(kind, path).fault(ofOpen: descriptor, readers: readers) { throw TLSFault(fault) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(path) }
            guard count > 0 else { break }
            bytes += buffer[..<count]
            guard bytes.count <= Self.sizeLimitBytes else { throw TLSFault("\(path) is larger than 1 MiB") }
        }
        guard !bytes.isEmpty else { throw TLSFault("\(path) is empty") }
        self.path = path
        self.bytes = bytes
    }

    /// Whether a line of it has the word.
    func mentions(_ word: String) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(word)
    }

    private static func unreadable(_ path: String) -> TLSFault {
        TLSFault("\(path) can't be read: \(String(cString: strerror(errno)))")
    }
}
