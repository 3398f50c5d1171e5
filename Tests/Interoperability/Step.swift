/// What a partner does with a client, and what every client of the matrix is asked to do. The raw value is what a driver is
/// told (see `Clients/README.md`).
enum Step: String, CaseIterable, Sendable {
    case login
    case list
    case makeDirectories = "make-directories"
    case upload
    case download
    case large
    case resumeUpload = "resume-upload"
    case resumeDownload = "resume-download"
    case rename
    case mode
    case time
    case remove
    case symlink
    case names
    case tree
    case wrongPassword = "wrong-password"
    case missing

    /// The heading of the step's column in docs/clients.md.
    var heading: String {
        switch self {
        case .makeDirectories: "make directories"
        case .upload: "upload 0 B, 1 B, 1 MiB"
        case .download: "download 0 B, 1 B, 1 MiB"
        case .large: "300 MiB up and down"
        case .resumeUpload: "resume upload"
        case .resumeDownload: "resume download"
        case .mode: "change mode"
        case .time: "change time"
        case .symlink: "symbolic link"
        case .names: "odd names"
        case .tree: "1,000 files up and down"
        case .wrongPassword: "wrong password"
        case .missing: "missing file"
        case .login, .list, .rename, .remove: rawValue
        }
    }

    /// How long the step may take, in seconds. What hangs is ended; nothing is measured.
    var secondsMost: Double { self == .large ? 280 : 120 }
}
