import CLibSSH
import Glibc

/// A key pair that proves the server's identity.
public struct HostKey: ~Copyable {
    /// The kinds of keys a server has, at most one key of each.
    public enum Kind: String, CaseIterable, Sendable {
        /// RFC 8709.
        case ed25519
        /// RFC 5656 on the curve NIST P-256 (a key taken over may be on another one).
        case ecdsa
        /// RFC 8332, 3072 bits.
        case rsa

        /// OpenSSH's name for the file.
        var fileName: String { "ssh_host_\(rawValue)_key" }
    }

    /// What kind of key this is.
    public let kind: Kind
    /// The name of the key's type, such as `ssh-ed25519`.
    public let typeName: String
    /// The SHA-256 of the public key as OpenSSH prints it: `SHA256:…`.
    public let fingerprint: String

    let key: OpaquePointer

    /// Makes a new key. RSA takes a second or so.
    public init(generating kind: Kind) throws(SSHError) {
        let (type, bits): (ssh_keytypes_e, CInt) =
            switch kind {
            case .ed25519: (SSH_KEYTYPE_ED25519, 0)
            case .ecdsa: (SSH_KEYTYPE_ECDSA, 256)
            case .rsa: (SSH_KEYTYPE_RSA, 3_072)
            }
        var made: OpaquePointer?
        let code = ssh_pki_generate(type, bits, &made)
        guard code == SSH_OK, let made else {
            throw SSHError(operation: "ssh_pki_generate", code: Int(code), text: "no \(kind.rawValue) key")
        }
        try self.init(kind: kind, owning: made)
    }

    /// Reads a private key from `path`: OpenSSH's format or PEM, without a passphrase.
    public init(kind: Kind, path: String) throws(SSHError) {
        var read: OpaquePointer?
        var hasPassphrase = false
        // Without this function OpenSSL would ask on the terminal.
        let code = ssh_pki_import_privkey_file(
            path, nil,
            { _, _, _, _, _, context in
                context?.assumingMemoryBound(to: Bool.self).pointee = true
                return -1
            }, &hasPassphrase, &read)
        guard code == SSH_OK, let read else {
            let text =
                if code == SSH_EOF {
                    "can't be read"
                } else if hasPassphrase {
                    "has a passphrase, and nobody is there to type it: take it away with ssh-keygen -p -N '' -f FILE"
                } else {
                    "is no private key in OpenSSH's format or PEM"
                }
            throw SSHError(operation: "host key \(path)", code: Int(code), text: text)
        }
        try self.init(kind: kind, owning: read)
    }

    private init(kind: Kind, owning key: OpaquePointer) throws(SSHError) {
        self.kind = kind
        self.key = key
        typeName = Self.name(of: key)
        fingerprint = Self.fingerprint(of: key)
        guard Self.kind(of: key) == kind else {
            throw SSHError(operation: "host key", code: 0, text: "is \(typeName), not \(kind.rawValue)")
        }
    }

    deinit {
        ssh_key_free(key)
    }

    /// The private key as text: OpenSSH's format where libssh writes it, otherwise PEM, which OpenSSH reads too. The
    /// text is handed to `body` and overwritten afterwards.
    func withPrivateText(_ body: (UnsafeRawBufferPointer) throws(SSHError) -> Void) throws(SSHError) {
        var text: UnsafeMutablePointer<CChar>?
        let code = ssh_pki_export_privkey_base64(key, nil, nil, nil, &text)
        guard code == SSH_OK, let text else {
            throw SSHError(operation: "ssh_pki_export_privkey_base64", code: Int(code), text: kind.rawValue)
        }
        let length = strlen(text)
        defer {
            explicit_bzero(text, length)
            ssh_string_free_char(text)
        }
        try body(UnsafeRawBufferPointer(start: text, count: length))
    }

    private static func kind(of key: OpaquePointer) -> Kind? {
        switch ssh_key_type(key) {
        case SSH_KEYTYPE_ED25519: .ed25519
        case SSH_KEYTYPE_ECDSA_P256, SSH_KEYTYPE_ECDSA_P384, SSH_KEYTYPE_ECDSA_P521: .ecdsa
        case SSH_KEYTYPE_RSA: .rsa
        default: nil
        }
    }

    private static func name(of key: OpaquePointer) -> String {
        ssh_key_type_to_char(ssh_key_type(key)).map { String(cString: $0) } ?? "unknown"
    }

    private static func fingerprint(of key: OpaquePointer) -> String {
        var hash: UnsafeMutablePointer<UInt8>?
        var length = 0
        guard ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) == SSH_OK, let hash else {
            return ""
        }
        defer {
            var freed: UnsafeMutablePointer<UInt8>? = hash
            ssh_clean_pubkey_hash(&freed)
        }
        guard let text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length) else { return "" }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }
}
