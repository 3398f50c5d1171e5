/// The configuration can't be used; all its faults at once.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let faults: [SettingFault]

    /// One line for each fault.
    var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
