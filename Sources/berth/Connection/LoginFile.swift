import BerthClient
import FoundationEssentials
import Glibc

/// What `berth login` stores: one service and a key for it, readable by its owner alone.
struct LoginFile: Codable, Equatable {
    /// Bytes that such a file may have.
    static let limitBytes = 65_536
    /// What it is called beside its place while it is written.
    static let unfinishedName = ".login.new"

    let endpoint: String
    /// The certificates that are trusted for it; nil for the system's.
    let trustRoots: String?
    private let apiKey: String

    var key: Secret { Secret(apiKey) }

    init(endpoint: String, key: Secret, trustRoots: String?) {
        self.endpoint = endpoint
        self.trustRoots = trustRoots
        apiKey = key.revealed()
    }

    /// Where the file is: `berth/login.json` in $XDG_CONFIG_HOME or ~/.config.
    static func path(_ environment: [String: String]) throws(CommandFailure) -> String {
        // The specification of XDG has relative paths ignored.
        if let base = EnvironmentVariable.configurationHome.value(in: environment), base.hasPrefix("/") {
            return "\(base)/berth/login.json"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw CommandFailure(.configuration, "HOME is not set, so there is no place for the login")
        }
        return "\(home)/.config/berth/login.json"
    }

    /// The stored login; nil when there is none.
    static func load(_ environment: [String: String]) throws(CommandFailure) -> LoginFile? {
        guard let path = try? path(environment) else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw CommandFailure(.configuration, "\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure(.configuration, "\(path) is no file")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw CommandFailure(
                .configuration, "\(path) holds a key, and others can read or change it: chmod 600 it, or remove it")
        }
        guard let file = try? JSONDecoder().decode(LoginFile.self, from: Data(contents(of: descriptor))) else {
            throw CommandFailure(
                .configuration, "\(path) is not what 'berth login' writes: remove it, and log in again")
        }
        return file
    }

    /// Puts the file in place whole, for its owner alone from the start.
    ///
    /// - Returns: where it is.
    func save(_ environment: [String: String]) throws(CommandFailure) -> String {
        let path = try Self.path(environment)
        let directory = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex))
        try Self.makeDirectories(directory)
        // One after the other, where the file system has locks: what is there is what one that was killed has left, then, and
        // nobody else's work.
        let place = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { throw Self.unwritable(directory) }
        defer { close(place) }
        while flock(place, LOCK_EX) < 0, errno == EINTR {}
        let unfinished = "\(directory)/\(Self.unfinishedName)"
        unlink(unfinished)
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.unwritable(path) }
        defer { close(descriptor) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
        guard fchmod(descriptor, 0o600) == 0, DescriptorOutput.write(text, to: descriptor) == 0, fsync(descriptor) == 0,
            rename(unfinished, path) == 0
        else {
            let failure = Self.unwritable(path)
            unlink(unfinished)
            throw failure
        }
        // The name is on the disk only then. Some file systems have no such call for a directory, and say so.
        guard fsync(place) == 0 || errno == EINVAL else { throw Self.unwritable(path) }
        return path
    }

    private static func makeDirectories(_ path: String) throws(CommandFailure) {
        var made = ""
        for segment in path.split(separator: "/") {
            made += "/" + segment
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw unwritable(made) }
        }
    }

    private static func unwritable(_ path: String) -> CommandFailure {
        CommandFailure(.configuration, "\(path) can't be written: \(String(cString: strerror(errno)))")
    }

    private static func contents(of descriptor: CInt) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limitBytes)
        var count = 0
        while count < limitBytes {
            let more = bytes[count...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { break }
            count += more
        }
        return Array(bytes[..<count])
    }
}
