/// The algorithms that a server offers, each list in the order of its preference.
///
/// The client's order decides what is agreed, but for ciphers: see ``preferredCiphers``.
public struct AlgorithmPolicy: Equatable, Sendable {
    /// Key exchange methods.
    public var keyExchanges: [String]
    /// Host key algorithms; those without a key are left out.
    public var hostKeys: [String]
    /// Ciphers, both directions.
    public var ciphers: [String]
    /// Ciphers that are agreed whenever the client offers one of them in each direction, wherever they stand in its
    /// list: a server can choose by offering nothing else.
    public var preferredCiphers: [String]
    /// MACs, both directions, for ciphers that need one.
    public var macs: [String]
    /// Signature algorithms of clients' public keys (RFC 8308 `server-sig-algs`).
    public var publicKeys: [String]

    /// What needs no excuse today: nothing that ssh-audit fails or warns about, but for the NIST curve of ECDSA host keys,
    /// which stand last and are there for servers that are taken over with one, and the MACs that are not encrypt-then-MAC:
    /// libssh2 before 1.11, and so Debian 12's curl, knows no others and no AEAD cipher. Group exchange is left out: libssh
    /// would read a file for it after the sandbox is entered. The post-quantum methods are offered where libssh has them:
    /// names that it does not know it leaves out.
    public static let modern = AlgorithmPolicy(
        keyExchanges: [
            "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
            "curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group18-sha512",
            "diffie-hellman-group16-sha512",
        ],
        hostKeys: [
            "ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
        ],
        ciphers: [
            "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr",
            "aes192-ctr", "aes128-ctr",
        ],
        preferredCiphers: ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com"],
        macs: [
            "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512",
        ],
        publicKeys: [
            "ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
        ])

    /// The ciphers to offer to a client that sent `offer`: ``preferredCiphers`` alone where it offers one of them in
    /// both directions, otherwise ``ciphers``.
    public func ciphers(for offer: KeyExchangeOffer) -> [String] {
        let incoming = names(in: offer.ciphersIn)
        let outgoing = names(in: offer.ciphersOut)
        let preferred = preferredCiphers.filter(ciphers.contains)
        guard preferred.contains(where: incoming.contains), preferred.contains(where: outgoing.contains) else {
            return ciphers
        }
        return preferred
    }

    private func names(in list: [UInt8]) -> [String] {
        list.split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
    }
}
