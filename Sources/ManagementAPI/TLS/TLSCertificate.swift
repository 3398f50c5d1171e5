import Foundation
import NIOCore
import NIOSSL

/// A certificate with its key, ready to serve connections: TLS 1.2 and 1.3 with HTTP/1.1, and no client's certificate asked
/// for.
public struct TLSCertificate: Sendable {
    /// Who it is for, as it says: `CN=berth.example.com, O=Example`.
    public let subject: String
    /// Before this it is not valid.
    public let validFrom: Date
    /// After this it is not valid.
    public let expiresAt: Date

    let context: NIOSSLContext

    /// Puts a certificate, its chain behind it, and its key together.
    public init(certificate: PEMFile, key: PEMFile) throws(TLSFault) {
        let chain = try Self.chain(in: certificate)
        let privateKey = try Self.privateKey(in: key)
        guard let leaf = chain.first else { throw TLSFault("\(certificate.path) holds no certificate in PEM") }
        do {
            context = try NIOSSLContext(configuration: Self.configuration(chain, privateKey))
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw Self.mismatch(chain, privateKey, certificate, key)
        } catch {
            throw TLSFault("the certificate in \(certificate.path) is of a kind that TLS can't use: \(error)")
        }
        subject = Self.subject(of: leaf)
        validFrom = Date(timeIntervalSince1970: TimeInterval(leaf.notValidBefore))
        expiresAt = Date(timeIntervalSince1970: TimeInterval(leaf.notValidAfter))
    }

    private static func chain(in file: PEMFile) throws(TLSFault) -> [NIOSSLCertificate] {
        guard file.mentions("-----BEGIN CERTIFICATE-----") || file.mentions("-----BEGIN TRUSTED CERTIFICATE-----")
        else {
            throw TLSFault("\(file.path) holds no certificate in PEM")
        }
        do {
            return try NIOSSLCertificate.fromPEMBytes(file.bytes)
        } catch {
            throw TLSFault("a certificate in \(file.path) is damaged")
        }
    }

    private static func privateKey(in file: PEMFile) throws(TLSFault) -> NIOSSLPrivateKey {
        guard file.mentions("PRIVATE KEY-----") else { throw TLSFault("\(file.path) holds no private key in PEM") }
        guard !file.mentions("ENCRYPTED") else {
            throw TLSFault("the key in \(file.path) is encrypted; it has to be there without a passphrase")
        }
        do {
            return try NIOSSLPrivateKey(bytes: file.bytes, format: .pem)
        } catch {
            throw TLSFault("the key in \(file.path) is damaged, or of a kind that TLS can't use")
        }
    }

    private static func configuration(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.maximumTLSVersion = .tlsv13
        // Of TLS 1.2 (RFC 9325 section 4.2): forward secrecy and authenticated encryption.
        configuration.cipherSuites = "ECDH+AESGCM:ECDH+CHACHA20"
        configuration.applicationProtocols = ["http/1.1"]
        // A client that leaves without a word is not waited for.
        configuration.shutdownTimeout = .seconds(1)
        return configuration
    }

    /// The usual mistake is a chain that begins with somebody else's certificate.
    private static func mismatch(
        _ chain: [NIOSSLCertificate], _ privateKey: NIOSSLPrivateKey, _ certificate: PEMFile, _ key: PEMFile
    ) -> TLSFault {
        let place = chain.dropFirst().firstIndex { other in
            (try? NIOSSLContext(configuration: configuration([other], privateKey))) != nil
        }
        guard let place else {
            return TLSFault("the key in \(key.path) is not that of the certificate in \(certificate.path)")
        }
        return TLSFault(
            "the key in \(key.path) is that of certificate number \(place + 1) in \(certificate.path), which has to be the first"
        )
    }

    private static func subject(of certificate: NIOSSLCertificate) -> String {
        let names: [(SSLCertificateNameType, String)] = [
            (.commonName, "CN"), (.organizationalUnit, "OU"), (.organization, "O"), (.city, "L"), (.state, "ST"),
            (.country, "C"), (.emailAddress, "emailAddress"), (.userId, "UID"),
        ]
        let parts = certificate.subjectName.compactMap { part in
            names.first { $0.0 == part.type }.map { "\($0.1)=\(part.value)" }
        }
        // Newer authorities leave the subject empty: the names are in an extension, which this shows.
        return parts.isEmpty ? "\(certificate)" : parts.joined(separator: ", ")
    }
}
