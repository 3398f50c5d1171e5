import Foundation
import Glibc
import Logging
import ManagementAPI
import SessionControl
import Synchronization

/// The certificate of the management API: read at the start, and anew when its files change or the operator asks for it.
final class APICertificate: Sendable {
    /// How often the files are looked at.
    static let lookInterval: Duration = .seconds(2)
    /// How long after a certificate could not be taken it is tried again.
    static let retryInterval: Duration = .seconds(60)
    /// Before its end the certificate is complained of for so long, once a day.
    static let warningDays = 14

    private struct State {
        var changes: FileChanges
        var complainedAt: Date?
        /// What could not be used is tried again then: the reason may have been a passing one.
        var retryAt: ContinuousClock.Instant?
        var fault: TLSFault?
    }

    /// What new connections are served with.
    let current: CurrentCertificate
    private let files: Settings.TLSFiles
    private let privateGroups: [uid_t: Set<gid_t>]
    private let logger: Logger
    private let state: Mutex<State>

    /// Reads both files.
    ///
    /// - Parameter privateGroups: see ``Secrecy/privateGroups``.
    /// - Throws: what is wrong with them.
    init(_ files: Settings.TLSFiles, privateGroups: [uid_t: Set<gid_t>], logger: Logger) throws(StartFailure) {
        self.files = files
        self.privateGroups = privateGroups
        self.logger = logger
        state = Mutex(State(changes: FileChanges(used: Self.identities(files))))
        do {
            current = CurrentCertificate(try Self.load(files, privateGroups))
        } catch {
            throw StartFailure(description: "api.tls_certificate, api.tls_key: \(error)")
        }
        say(current.certificate)
        complain(now: Date())
    }

    /// Looks at the files until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.lookInterval)
            let now = Self.identities(files)
            let (isChanged, isRetried) = state.withLock { state in
                (state.changes.isDue(now), state.retryAt.map { $0 <= .now } ?? false)
            }
            if isChanged || isRetried { reload(isRetried: !isChanged) }
            complain(now: Date())
        }
    }

    /// Reads both files. When they can't be used, the certificate stays as it is, and they are tried again later.
    ///
    /// - Parameter isRetried: whether nothing has changed: then nothing is said of a fault that was said before.
    func reload(isRetried: Bool = false) {
        state.withLock { state in
            // Before they are read: what changes meanwhile is another change.
            state.changes.use(Self.identities(files))
            do throws(TLSFault) {
                let certificate = try Self.load(files, privateGroups)
                try Self.check(certificate, replacing: current.certificate, files, now: Date())
                current.certificate = certificate
                state.complainedAt = nil
                (state.retryAt, state.fault) = (nil, nil)
                say(certificate)
            } catch {
                state.retryAt = .now + Self.retryInterval
                guard !isRetried || error != state.fault else { return }
                state.fault = error
                logger.error(
                    "certificate of the API not taken: the one before stays in use", metadata: ["reason": "\(error)"])
            }
        }
    }

    private static func load(
        _ files: Settings.TLSFiles, _ privateGroups: [uid_t: Set<gid_t>]
    ) throws(TLSFault) -> TLSCertificate {
        // Each time: links may lead elsewhere by now.
        for path in [files.certificate, files.key] {
            let fault = WayToPlace(to: path).fault { group, owner in privateGroups[owner]?.contains(group) == true }
            if let fault { throw TLSFault(fault) }
        }
        // Root's group is the one that systemd leaves credentials to.
        let readers = Set<gid_t>([0]).union(privateGroups[geteuid()] ?? [])
        return try TLSCertificate(
            certificate: PEMFile(path: files.certificate, as: .publicFile),
            key: PEMFile(path: files.key, as: .file, readers: readers))
    }

    /// A certificate that is not valid takes the place of one that is not either.
    static func check(
        _ certificate: TLSCertificate, replacing other: TLSCertificate, _ files: Settings.TLSFiles, now: Date
    ) throws(TLSFault) {
        guard other.validFrom <= now, now < other.expiresAt else { return }
        if certificate.expiresAt <= now {
            throw TLSFault("the certificate in \(files.certificate) expired at \(text(certificate.expiresAt))")
        }
        if certificate.validFrom > now {
            throw TLSFault("the certificate in \(files.certificate) is not valid before \(text(certificate.validFrom))")
        }
    }

    private static func identities(_ files: Settings.TLSFiles) -> [FileIdentity] {
        [FileIdentity(path: files.certificate), FileIdentity(path: files.key)]
    }

    private func say(_ certificate: TLSCertificate) {
        logger.info(
            "certificate of the API",
            metadata: [
                "subject": "\(certificate.subject)", "expires": "\(Self.text(certificate.expiresAt))",
                "file": "\(files.certificate)",
            ])
    }

    /// Once a day.
    private func complain(now: Date) {
        let expiresAt = current.certificate.expiresAt
        guard expiresAt.timeIntervalSince(now) < TimeInterval(Self.warningDays * 86_400) else { return }
        let isDue = state.withLock { state in
            guard state.complainedAt.map({ now.timeIntervalSince($0) >= 86_400 }) ?? true else { return false }
            state.complainedAt = now
            return true
        }
        guard isDue else { return }
        let details: Logger.Metadata = ["expires": "\(Self.text(expiresAt))", "file": "\(files.certificate)"]
        if expiresAt <= now {
            logger.error("certificate of the API has expired", metadata: details)
        } else {
            logger.warning("certificate of the API expires soon", metadata: details)
        }
    }

    private static func text(_ date: Date) -> String { LogLine.timestamp(date) }
}
