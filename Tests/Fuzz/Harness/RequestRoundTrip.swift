import SFTPProtocol
import SSHWire

/// Parses the same bytes as the body of every request there is, writes what was found, and parses that.
struct RequestRoundTrip {
    private let body: [UInt8]

    init(_ body: [UInt8]) {
        self.body = body
    }

    func check() throws {
        try checkReader()
        let bytes = body.span.bytes
        if let request = try? PathRequest(bytes) {
            try checkPath(request.path)
            let again = written { $0.append(string: request.path) }
            try require([UInt8](try PathRequest(again.span.bytes).path) == [UInt8](request.path), "another path")
        }
        if let request = try? TwoPathsRequest(bytes) {
            try checkPath(request.second)
            let again = written {
                $0.append(string: request.first); $0.append(string: request.second)
            }
            let parsed = try TwoPathsRequest(again.span.bytes)
            try require([UInt8](parsed.first) == [UInt8](request.first), "another first path")
            try require([UInt8](parsed.second) == [UInt8](request.second), "another second path")
        }
        if let request = try? OpenRequest(bytes) {
            let again = written {
                $0.append(string: request.path)
                $0.append(request.flags.rawValue)
                request.attributes.append(to: &$0)
            }
            let parsed = try OpenRequest(again.span.bytes)
            try require(parsed.flags == request.flags && parsed.attributes == request.attributes, "another OPEN")
        }
        if let request = try? PathAttributesRequest(bytes) {
            let again = written {
                $0.append(string: request.path)
                request.attributes.append(to: &$0)
            }
            try require(
                try PathAttributesRequest(again.span.bytes).attributes == request.attributes, "other attributes")
        }
        if let request = try? ExtendedRequest(bytes) {
            try checkPath(request.name)
            try require(request.body.byteCount <= body.count - 4 - request.name.byteCount, "an extension's body")
        }
        try checkHandles()
        try checkExtensions()
    }

    private func checkHandles() throws {
        let bytes = body.span.bytes
        if let request = try? HandleRequest(bytes) {
            let again = written { request.handle.append(to: &$0) }
            try require(try HandleRequest(again.span.bytes).handle == request.handle, "another handle")
        }
        if let request = try? HandleAttributesRequest(bytes) {
            let again = written {
                request.handle.append(to: &$0)
                request.attributes.append(to: &$0)
            }
            let parsed = try HandleAttributesRequest(again.span.bytes)
            try require(parsed.handle == request.handle && parsed.attributes == request.attributes, "another FSETSTAT")
        }
        if let request = try? ReadRequest(bytes) {
            let again = written {
                request.handle.append(to: &$0)
                $0.append(request.offset)
                $0.append(request.length)
            }
            let parsed = try ReadRequest(again.span.bytes)
            try require(
                parsed.handle == request.handle && parsed.offset == request.offset && parsed.length == request.length,
                "another READ")
        }
        if let request = try? WriteRequest(bytes) {
            let again = written {
                request.handle.append(to: &$0)
                $0.append(request.offset)
                $0.append(string: request.data)
            }
            let parsed = try WriteRequest(again.span.bytes)
            try require(
                parsed.handle == request.handle && parsed.offset == request.offset
                    && [UInt8](parsed.data) == [UInt8](request.data), "another WRITE")
        }
    }

    private func checkExtensions() throws {
        let bytes = body.span.bytes
        if let request = try? CopyDataRequest(bytes) {
            let again = written {
                request.source.append(to: &$0)
                $0.append(request.sourceOffset)
                $0.append(request.length)
                request.target.append(to: &$0)
                $0.append(request.targetOffset)
            }
            let parsed = try CopyDataRequest(again.span.bytes)
            try require(
                parsed.source == request.source && parsed.target == request.target && parsed.length == request.length
                    && parsed.sourceOffset == request.sourceOffset && parsed.targetOffset == request.targetOffset,
                "another copy-data")
        }
        if let request = try? UsersGroupsRequest(bytes) {
            try require(request.users.byteCount % 4 == 0 && request.groups.byteCount % 4 == 0, "half a number")
            try require(request.users.byteCount + request.groups.byteCount + 8 <= body.count, "more numbers than bytes")
        }
    }

    private func written(_ body: (inout ByteQueue) -> Void) -> [UInt8] {
        var queue = ByteQueue(capacity: 16)
        body(&queue)
        return [UInt8](queue.bytes)
    }

    private func checkPath(_ path: RawSpan) throws {
        try require(![UInt8](path).contains(0), "a path with a NUL")
    }

    /// A failed read takes nothing away, a good one exactly what it read.
    private func checkReader() throws {
        var reader = WireReader(body.span.bytes)
        var step = 0
        while !reader.isAtEnd, step < 64 {
            let before = reader.remaining
            let limit = step % 3 == 0 ? Int.max : step * 5
            if let string = try? reader.readString(limit: limit) {
                try require(reader.remaining == before - 4 - string.byteCount, "a string took other bytes than its own")
                try require(string.byteCount <= limit, "a string beyond its limit")
            } else {
                try require(reader.remaining == before, "a failed read took \(before - reader.remaining) bytes")
                _ = try? reader.readByte()
            }
            step += 1
        }
        try? reader.expectEnd()
    }
}
