import Registry

/// What members of an API key are allowed to be. Each function gives what is wrong, as the end of a sentence; nil when nothing.
public enum APIKeyRules {
    /// Characters of a name, as JSON Schema counts them: code points.
    public static let nameLengths = 1...128

    /// Rights that are named, one that is named twice counted twice: as many as there are.
    public static let rightsLimit = AccessRight.allCases.count

    /// Checks a name: it stands in logs and tables.
    public static func fault(name: String) -> String? {
        let isSound =
            nameLengths.contains(name.unicodeScalars.count) && name.unicodeScalars.allSatisfy(isPrintable)
        return isSound ? nil : "must have \(nameLengths.lowerBound) to \(nameLengths.upperBound) printable characters"
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        // What readers of text put where there was no character, such as half of a pair of surrogates.
        if scalar == "\u{fffd}" { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
