/// Stands in for libgssapi's function of this name, through which libssh asks for the mechanisms of this host.
///
/// libssh does so before login and even when GSSAPI is not offered, and libgssapi then reads files and resolves names. The
/// executable's symbol comes before the library's, so nothing of that runs. libssh leaves such a request unanswered, see
/// `remedyMissedAnswer`.
///
/// - Returns: GSS_S_FAILURE (RFC 2744 section 3.9.1).
@_cdecl("gss_indicate_mechs")
public func refuseMechanisms(
    _ minorStatus: UnsafeMutablePointer<UInt32>?, _ mechanisms: UnsafeMutablePointer<OpaquePointer?>?
) -> UInt32 {
    minorStatus?.pointee = 0
    mechanisms?.pointee = nil
    return 13 << 16
}
