import Glibc
import PrometheusMetrics
import Registry
import SessionBroker

/// What there is at the moment of sessions, users and room on the disk.
struct ServiceFigures: Sendable {
    let registry: Registry
    let broker: SessionBroker
    /// The data directory, and the registry's database in it.
    let data: String
    let registryPath: String

    var readings: [MetricReading] {
        let figures = broker.figures
        let loggedIn = Double(figures.loggedInSessions)
        return [
            .init("berth_build_info", [("version", Berthd.version)], 1),
            .init("berth_ready", broker.isReady ? 1 : 0),
            .init("berth_sessions_open", [("logged_in", "true")], loggedIn),
            .init("berth_sessions_open", [("logged_in", "false")], Double(figures.openSessions) - loggedIn),
            .init("berth_blocks_in_force", Double(figures.blocks)),
        ] + users + files + disk
    }

    private var users: [MetricReading] {
        guard let count = try? registry.userCount() else { return [] }
        return [.init("berth_users", Double(count))]
    }

    private var files: [MetricReading] {
        [("database", ""), ("log", "-wal")].compactMap { name, suffix in
            var status = stat()
            guard stat(registryPath + suffix, &status) == 0 else { return nil }
            return .init("berth_registry_size_bytes", [("file", name)], Double(status.st_size))
        }
    }

    private var disk: [MetricReading] {
        var status = statvfs()
        guard statvfs(data, &status) == 0 else { return [] }
        let unit = Double(status.f_frsize)
        return [
            .init("berth_disk_size_bytes", Double(status.f_blocks) * unit),
            .init("berth_disk_free_bytes", Double(status.f_bavail) * unit),
            .init("berth_disk_inodes", Double(status.f_files)),
            .init("berth_disk_free_inodes", Double(status.f_favail)),
        ]
    }
}
