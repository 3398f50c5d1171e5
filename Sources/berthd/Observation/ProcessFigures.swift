import Foundation
import Glibc
import PrometheusMetrics

/// What the system says of this process, under the names that Prometheus' own libraries use.
struct ProcessFigures: Sendable {
    /// When the process started, in seconds since 1970; nil where that can't be found out.
    private let startedAt = Self.start()

    var readings: [MetricReading] {
        var readings: [MetricReading] = []
        if let startedAt { readings.append(.init("process_start_time_seconds", startedAt)) }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            readings.append(
                .init("process_cpu_seconds_total", Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)))
        }
        let pages = Self.read("statm").split(separator: " ").compactMap { Double($0) }
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        if pages.count > 1 {
            readings.append(.init("process_virtual_memory_bytes", pages[0] * pageSize))
            readings.append(.init("process_resident_memory_bytes", pages[1] * pageSize))
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // Not the one that looked.
            readings.append(.init("process_open_fds", Double(max(0, open.count - 1))))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            readings.append(.init("process_max_fds", Double(limit.rlim_cur)))
        }
        return readings
    }

    /// The time since boot at which the process started (proc(5), stat) against the time since boot now.
    private static func start() -> Double? {
        let stat = read("stat")
        guard let end = stat.lastIndex(of: ")") else { return nil }
        // The fields behind the program's name, which may hold spaces: the first is the third of all.
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        var uptime = timespec()
        guard fields.count > 19, let ticks = Double(fields[19]), clock_gettime(CLOCK_BOOTTIME, &uptime) == 0 else {
            return nil
        }
        let age = Double(uptime.tv_sec) + Double(uptime.tv_nsec) / 1e9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return (Date().timeIntervalSince1970 - age).rounded()
    }

    private static func read(_ file: String) -> String {
        (try? String(contentsOfFile: "/proc/self/\(file)", encoding: .utf8)) ?? ""
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}
