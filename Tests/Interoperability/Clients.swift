import Foundation

extension Client {
    /// The versions that do every step, in the order of docs/clients.md.
    static let newest = openSSH + commandLine + python + libraries + java + windows

    /// Every client of the matrix.
    static let all = newest + otherVersions + weak

    /// Those that BERTH_INTEROP_CLIENTS names (drivers, separated by commas), or all.
    static let wanted: [Client] = {
        guard let only = ProcessInfo.processInfo.environment["BERTH_INTEROP_CLIENTS"] else { return all }
        let names = only.split(separator: ",").map(String.init)
        return all.filter { names.contains($0.identifier) || names.contains($0.driver.first ?? "") }
    }()
}
