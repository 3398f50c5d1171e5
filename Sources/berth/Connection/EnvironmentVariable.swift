/// The variables that the program looks at.
enum EnvironmentVariable: String, CaseIterable {
    case endpoint = "BERTH_API"
    case apiKey = "BERTH_API_KEY"
    case trustRoots = "BERTH_TRUST_ROOTS"
    case configurationHome = "XDG_CONFIG_HOME"

    /// What it does, for the manual.
    var meaning: String {
        switch self {
        case .endpoint: "The base URL of the API with the version, as https://berth.example.com/2022-04-01."
        case .apiKey: "The API key. It goes before the one that 'berth login' stored."
        case .trustRoots: "A PEM file with the certificates to trust, instead of the system's."
        case .configurationHome: "Where the directory of 'berth login' is; ~/.config without it."
        }
    }

    /// Its value; nil where it is not set or empty.
    func value(in environment: [String: String]) -> String? {
        environment[rawValue].flatMap { $0.isEmpty ? nil : $0 }
    }
}
