import SessionControl

/// Who may connect at all. Pure: decided from the address alone, before anything is spent on the connection.
struct AccessRules {
    /// The only networks that may connect; empty for everybody.
    let allow: [AddressNetwork]
    /// Networks that may never connect.
    let block: [AddressNetwork]
    /// Networks that blocks for failed logins don't reach.
    let trusted: [AddressNetwork]

    /// Why a connection is refused.
    enum Refusal: String, CaseIterable {
        case blockedNetwork = "its network is in sftp.block_networks"
        case notAllowed = "its network is not in sftp.allow_networks"
        case failedLogins = "blocked for failed logins"
        case proxyHeader = "no usable PROXY header from a network of sftp.proxy_networks"
        case crowded = "too many connections from addresses where nobody logged in lately"
        case fault = "blocked: a session from there died"

        /// What the client is told. A partner who is blocked for a while should learn why; whom the operator keeps out
        /// for good learns nothing.
        var line: String? {
            switch self {
            case .blockedNetwork, .notAllowed, .proxyHeader: nil
            case .failedLogins:
                "Not allowed at this time: too many failed logins from this address, try again later\r\n"
            case .crowded: "Not allowed at this time: too many connections, try again later\r\n"
            case .fault: "Not allowed at this time: a session from this address failed, try again later\r\n"
            }
        }
    }

    /// Why a connection from `address` is refused; nil when it is not.
    ///
    /// - Parameters:
    ///   - isBlocked: whether its source is blocked for failed logins.
    ///   - isFaulty: whether a session of its source died lately. That reaches trusted networks, too: each fault may be a
    ///     guess at the layout of our memory, whoever made it.
    func refusal(
        of address: AddressNetwork.Address?, isBlocked: @autoclosure () -> Bool, isFaulty: @autoclosure () -> Bool
    ) -> Refusal? {
        guard let address else { return allow.isEmpty ? nil : .notAllowed }
        if block.contains(where: { $0.contains(address) }) { return .blockedNetwork }
        if !allow.isEmpty, !allow.contains(where: { $0.contains(address) }) { return .notAllowed }
        if isFaulty() { return .fault }
        if isBlocked(), !trusted.contains(where: { $0.contains(address) }) { return .failedLogins }
        return nil
    }
}
