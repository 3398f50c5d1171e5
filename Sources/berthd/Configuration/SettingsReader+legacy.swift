import Foundation
import SessionControl

// Settings about what clients are offered before they log in.
extension SettingsReader {
    /// Addresses and ports, separated by commas, none of which is among those `taken`; nothing where the setting is empty.
    mutating func legacyAddresses(_ setting: Setting, taken: [ListenAddress]) -> [ListenAddress] {
        guard !text(of: setting).isEmpty else { return [] }
        let addresses = addresses(setting, hasIPv6: true)
        if addresses.contains(where: { address in taken.contains(where: address.overlaps) }) {
            return fault(setting, "addresses with ports that sftp.listen does not have are allowed", [])
        }
        return addresses
    }

    /// Networks, separated by commas.
    mutating func networks(_ setting: Setting) -> [AddressNetwork] {
        let text = text(of: setting)
        guard !text.isEmpty else { return [] }
        let texts = text.split(separator: ",", omittingEmptySubsequences: false)
        let networks = texts.compactMap { AddressNetwork(strictly: $0.trimmingCharacters(in: .whitespaces)) }
        let limit = DataPlaneConfiguration.listLimit
        guard networks.count == texts.count, networks.count <= limit else {
            return fault(
                setting,
                "up to \(limit) networks are allowed, separated by commas, as 192.0.2.0/24, 2001:db8::/32 or 198.51.100.7, with no bit set behind the prefix",
                [])
        }
        return networks
    }

    /// Networks of balancers: never everybody, since whoever belongs to them can name any address as its own.
    mutating func proxyNetworks(_ setting: Setting) -> [AddressNetwork] {
        let networks = networks(setting)
        guard !networks.contains(where: { $0.description.hasSuffix("/0") }) else {
            return fault(
                setting, "the networks of the balancers alone are allowed: who is in them can name any address", [])
        }
        return networks
    }

    /// Text of one or more lines.
    mutating func banner(_ setting: Setting) -> String {
        let text = text(of: setting)
        let isPlain = text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
        }
        let limit = DataPlaneConfiguration.bannerLimit
        guard isPlain, text.utf8.count <= limit else {
            return fault(
                setting,
                "at most \(limit) bytes of text are allowed, without control characters but line breaks and tabs",
                "")
        }
        return text
    }
}
