/// One thing that is wrong with the configuration.
struct SettingFault: Error, Equatable, CustomStringConvertible {
    /// The setting or, where there is none of that kind, what was taken for one.
    let setting: String
    /// The value that was given; nil when that is not the point.
    let value: String?
    /// Where it was given: a flag, a variable, or file and line.
    let source: String
    /// What is allowed instead.
    let allowed: String

    /// One line: setting, value, source, what is allowed. What came from outside is escaped.
    var description: String {
        let assignment = value.map { " = \(LogText.quoted($0))" } ?? ""
        return "\(LogText.escaped(setting))\(assignment) (\(LogText.escaped(source))): \(allowed)"
    }
}
