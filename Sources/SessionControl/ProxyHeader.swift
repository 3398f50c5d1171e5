import SSHWire

/// What a balancer says about a connection before the client's first byte: a header of the PROXY protocol, version 2
/// (haproxy.org, proxy-protocol.txt, section 2.2). Its extensions (TLVs) are passed over, the checksum among them: it comes
/// over TCP from a network that the operator trusts.
public struct ProxyHeader: Sendable, Equatable {
    /// Where the connection comes from.
    public enum Origin: Sendable, Equatable {
        /// From the balancer itself, as a health check does (the command LOCAL).
        case balancer
        /// From a client over TCP.
        case client(AddressNetwork.Address, port: UInt16)
    }

    /// What the bytes at the beginning of a connection are.
    public enum Scan: Sendable, Equatable {
        /// So many bytes more are needed, and as many can be read without touching what comes after the header.
        case incomplete(missing: Int)
        /// A header, and nothing but it.
        case header(ProxyHeader)
        /// No header, or one that says nothing that can be used.
        case violation(Violation)
    }

    /// What is wrong with a header.
    public enum Violation: String, Sendable {
        case signature = "it does not begin with a header of the PROXY protocol, version 2"
        case command = "its PROXY header has an unknown version or command"
        case family = "its PROXY header names no client over TCP"
        case length = "its PROXY header is too long, or too short for its addresses"
    }

    /// Where the connection comes from.
    public let origin: Origin

    /// Bytes before those whose number the header says itself.
    public static let fixedLength = 16
    /// The longest header in bytes. Addresses and the extensions that balancers send by themselves are a few hundred.
    public static let lengthLimit = 2_048

    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]

    /// Looks at the beginning of a connection: whatever the bytes are, and as soon as they can't become a header.
    public static func scan(_ bytes: RawSpan) -> Scan {
        for (index, expected) in signature.enumerated() {
            guard index < bytes.byteCount else { return .incomplete(missing: fixedLength - bytes.byteCount) }
            let byte = bytes.extracting(droppingFirst: index).unsafeLoad(as: UInt8.self)
            guard byte == expected else { return .violation(.signature) }
        }
        guard bytes.byteCount >= fixedLength else { return .incomplete(missing: fixedLength - bytes.byteCount) }
        do throws(WireError) {
            var reader = WireReader(bytes.extracting(droppingFirst: signature.count))
            let command = try reader.readByte()
            // Version 2 with LOCAL or PROXY.
            guard command == 0x20 || command == 0x21 else { return .violation(.command) }
            let family = try reader.readByte()
            let length = Int(try reader.readByte()) << 8 | Int(try reader.readByte())
            guard fixedLength + length <= lengthLimit else { return .violation(.length) }
            if command == 0x21 {
                // TCP over IPv4, TCP over IPv6: two addresses and two ports.
                guard family == 0x11 || family == 0x21 else { return .violation(.family) }
                guard length >= (family == 0x11 ? 12 : 36) else { return .violation(.length) }
            }
            guard reader.remaining >= length else { return .incomplete(missing: length - reader.remaining) }
            guard reader.remaining == length else { return .violation(.length) }
            return .header(ProxyHeader(origin: try origin(command: command, family: family, &reader)))
        } catch {
            return .violation(.length)
        }
    }

    @_lifetime(reader: copy reader)
    private static func origin(
        command: UInt8, family: UInt8, _ reader: inout WireReader
    ) throws(WireError) -> Origin {
        guard command == 0x21 else { return .balancer }
        let address: AddressNetwork.Address
        if family == 0x11 {
            address = AddressNetwork.Address(ipv4: try reader.readUInt32())
            _ = try reader.readUInt32()
        } else {
            address = AddressNetwork.Address(
                ipv6: UInt128(try reader.readUInt64()) << 64 | UInt128(try reader.readUInt64()))
            _ = try (reader.readUInt64(), reader.readUInt64())
        }
        return .client(address, port: UInt16(try reader.readByte()) << 8 | UInt16(try reader.readByte()))
    }
}
