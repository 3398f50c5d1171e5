import Foundation

// How the management API is reached.
extension SettingsReader {
    /// The files of certificate and key, made absolute; nil where neither is given.
    mutating func tlsFiles() -> Settings.TLSFiles? {
        switch (text(of: .apiTLSCertificate).isEmpty, text(of: .apiTLSKey).isEmpty) {
        case (true, true): return nil
        case (false, false): return Settings.TLSFiles(certificate: path(.apiTLSCertificate), key: path(.apiTLSKey))
        case (true, false):
            return fault(.apiTLSCertificate, "the file of the certificate is needed where api.tls_key is given", nil)
        case (false, true):
            return fault(.apiTLSKey, "the file of the key is needed where api.tls_certificate is given", nil)
        }
    }

    /// Notes where the API would speak plain HTTP to others than this machine and nobody said that it may.
    mutating func checkPlainHTTP(at address: ListenAddress, isAllowed: Bool) {
        let isPlain = text(of: .apiTLSCertificate).isEmpty && text(of: .apiTLSKey).isEmpty
        guard isPlain, !isAllowed, !address.isLoopback else { return }
        fault(
            .apiListen,
            "plain HTTP is allowed at loopback addresses alone, as 127.0.0.1:8022: give api.tls_certificate and api.tls_key, or set api.allow_plain_http to true where something else keeps the line private",
            ())
    }
}
