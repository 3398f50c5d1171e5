/// What members of a user are allowed to be. Each function gives what is wrong, as the end of a sentence; nil when nothing.
public enum UserRules {
    /// Bytes of a home directory.
    public static let homeDirectoryLimitBytes = 1_024
    /// Bytes of one name in a home directory: what file systems take.
    public static let segmentLimitBytes = 255
    /// The name that is reserved in every directory.
    public static let reservedSegment = ".berth"
    /// Characters of a description.
    public static let descriptionLimit = 1_024
    /// Characters of a password.
    public static let passwordLengths = 16...128
    /// Characters of a password where none are asked for.
    public static let defaultPasswordLength = 16
    /// Seconds that the password before may stay valid: up to 90 days.
    public static let overlapSeconds = 0...7_776_000
    /// Entries on a page.
    public static let pageSizes = 1...50
    /// Entries on a page where none are asked for.
    public static let defaultPageSize = 25

    /// Checks a home directory.
    public static func fault(homeDirectory path: String) -> String? {
        let bytes = Array(path.utf8)
        guard bytes.first == slash else { return "must start with \"/\"" }
        guard bytes.count <= homeDirectoryLimitBytes else {
            return "must have at most \(homeDirectoryLimitBytes) bytes"
        }
        guard bytes.allSatisfy({ $0 == slash || isAlphanumeric($0) || Array("-_:.+".utf8).contains($0) }) else {
            return "must consist of the characters A-Z, a-z, 0-9, \"-\", \"_\", \":\", \".\", \"+\" and \"/\""
        }
        guard bytes.count > 1 else { return nil }
        var segments = bytes.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
        if segments.last?.isEmpty == true { segments.removeLast() }
        for segment in segments {
            if let fault = fault(segment: segment) { return fault }
        }
        return nil
    }

    /// Checks a description.
    public static func fault(description text: String) -> String? {
        let bytes = text.utf8
        guard (1...descriptionLimit).contains(bytes.count), bytes.allSatisfy(isDescriptionByte) else {
            return
                "must consist of 1 to \(descriptionLimit) of the characters A-Z, a-z, 0-9, \"-\", \"_\", \"/\" and space"
        }
        return nil
    }

    private static let slash = UInt8(ascii: "/")

    private static func fault(segment: some Collection<UInt8>) -> String? {
        if segment.isEmpty { return "must not contain an empty segment (\"//\")" }
        if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
            return "must not contain a segment \".\" or \"..\""
        }
        if segment.elementsEqual(reservedSegment.utf8) {
            return "must not contain the reserved segment \"\(reservedSegment)\""
        }
        return segment.count <= segmentLimitBytes ? nil : "must have segments of at most \(segmentLimitBytes) bytes"
    }

    private static func isDescriptionByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || Array("-_/ ".utf8).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
