/// The algorithms that a server offers, each list in the order of its preference.
///
/// The client's order decides what is agreed; a server can only choose by offering nothing else, see ``offered(to:)``.
public struct AlgorithmPolicy: Equatable, Sendable {
    /// Key exchange methods.
    public var keyExchanges: [String]
    /// Host key algorithms; those without a key are left out.
    public var hostKeys: [String]
    /// Ciphers, both directions.
    public var ciphers: [String]
    /// Ciphers that are agreed whenever the client offers one of them in each direction, wherever they stand in its
    /// list.
    public var preferredCiphers: [String]
    /// MACs, both directions, for ciphers that need one.
    public var macs: [String]
    /// Signature algorithms of clients' public keys (RFC 8308 `server-sig-algs`).
    public var publicKeys: [String]

    /// What needs no excuse today: nothing that ssh-audit fails, but for the NIST curves. Those stand last and are there
    /// for clients that know nothing else (JSch 0.1.55) and for servers that are taken over with an ECDSA host key. So it
    /// is with diffie-hellman-group14-sha256, and with the MACs that are not encrypt-then-MAC: libssh2 before 1.11, and so
    /// Debian 12's curl, knows no others and no AEAD cipher. Group exchange is left out: libssh would read a file for it
    /// after the sandbox is entered. The post-quantum methods are offered where libssh has them: names that it does not
    /// know it leaves out.
    public static let modern = AlgorithmPolicy(
        keyExchanges: [
            "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
            "curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group18-sha512",
            "diffie-hellman-group16-sha512", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
            "diffie-hellman-group14-sha256",
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

    /// ``modern``, and behind it what libssh has beyond that and clients of twenty years ago need: SHA-1 in key exchange,
    /// host key signatures and MACs, the 1024-bit group 1, CBC ciphers, 3DES. Who logs in with one of them needs a right.
    public static let legacy = AlgorithmPolicy(
        keyExchanges: modern.keyExchanges + ["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
        hostKeys: modern.hostKeys + ["ssh-rsa"],
        ciphers: modern.ciphers + ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
        preferredCiphers: modern.preferredCiphers,
        macs: modern.macs + ["hmac-sha1-etm@openssh.com", "hmac-sha1"],
        publicKeys: modern.publicKeys + ["ssh-rsa"])
}
