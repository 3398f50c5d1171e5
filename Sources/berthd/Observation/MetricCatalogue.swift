import PrometheusMetrics

/// Every metric that the service shows. The operations manual has the same list, with what to watch.
enum MetricCatalogue {
    static let all: [MetricDescription] = service + api + sessions + storage + audit + process

    private static let service: [MetricDescription] = [
        .init("berth_build_info", .gauge, "1; the label has the version of the running berthd."),
        .init("berth_ready", .gauge, "1 while the SFTP listener answers, otherwise 0."),
    ]

    private static let api: [MetricDescription] = [
        .init(
            "berth_http_requests_total", .counter, "Requests to the management API by method, route and status."),
        .init(
            "berth_http_request_duration_seconds", .histogram,
            "Time from the head of a request until its answer was ready, by method and route."),
        .init(
            "berth_http_connections_refused_total", .counter,
            "Connections to the management API that were refused, or closed to make room for others, by reason."),
        .init(
            "berth_http_certificate_end_time_seconds", .gauge,
            "When the management API's certificate ends, in seconds since 1970."),
    ]

    private static let sessions: [MetricDescription] = [
        .init(
            "berth_logins_total", .counter, "Attempts to log in by method and result: granted, denied or error."),
        .init("berth_sessions_total", .counter, "Connections of clients that were served, logged in or not."),
        .init("berth_sessions_open", .gauge, "Connections of clients that are open, by whether they are logged in."),
        .init(
            "berth_file_received_bytes_total", .counter, "Bytes of file data that clients sent, as sessions report it."),
        .init(
            "berth_file_sent_bytes_total", .counter,
            "Bytes of file data that were sent to clients, as sessions report it."
        ),
        .init(
            "berth_file_operations_total", .counter,
            "What clients did to files, and what they tried in vain, by operation and status."),
        .init(
            "berth_blocks_total", .counter,
            "Blocks of addresses that began, by reason: failed_logins, fault or processor_time."),
        .init("berth_blocks_in_force", .gauge, "Addresses that are blocked for failed logins."),
    ]

    private static let storage: [MetricDescription] = [
        .init("berth_users", .gauge, "Users in the registry."),
        .init("berth_registry_size_bytes", .gauge, "Size of the registry's files: the database and its log."),
        .init(
            "berth_registry_write_duration_seconds", .histogram,
            "Time that a change of the registry took until it was on the disk."),
        .init("berth_registry_write_errors_total", .counter, "Changes of the registry that failed."),
        .init("berth_disk_size_bytes", .gauge, "Size of the file system of the data directory."),
        .init(
            "berth_disk_free_bytes", .gauge, "Bytes free for the service on the file system of the data directory."),
        .init("berth_disk_inodes", .gauge, "Inodes of the file system of the data directory."),
        .init("berth_disk_free_inodes", .gauge, "Inodes free for the service on that file system."),
    ]

    private static let audit: [MetricDescription] = [
        .init("berth_audit_lines_total", .counter, "Lines written to the audit log."),
        .init("berth_audit_lines_lost_total", .counter, "Lines of the audit log that were lost: too many waited."),
        .init("berth_audit_write_errors_total", .counter, "Writes to the audit log that failed and are tried again."),
    ]

    private static let process: [MetricDescription] = [
        .init("process_start_time_seconds", .gauge, "When berthd started, in seconds since 1970."),
        .init("process_cpu_seconds_total", .counter, "Processor time that berthd used, in user and system mode."),
        .init("process_resident_memory_bytes", .gauge, "Memory of berthd that is resident."),
        .init("process_virtual_memory_bytes", .gauge, "Size of berthd's address space."),
        .init("process_open_fds", .gauge, "File descriptors that berthd has open."),
        .init("process_max_fds", .gauge, "File descriptors that berthd may have open."),
    ]
}
