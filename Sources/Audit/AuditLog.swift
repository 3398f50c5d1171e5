import CoreMetrics
import Dispatch
import Foundation
import Logging
import Synchronization

/// The audit log: a file of JSON lines, appended to in the order in which events are recorded.
///
/// Events are put into a queue of bounded size and written by one thread, so that a disk that is slow or full holds nobody
/// up: neither logins nor requests wait for it. While the file can't be written, lines wait; when the queue is full, further
/// ones are lost. That is counted, logged as an error once a minute, and said in the file behind the lines that came before.
public final class AuditLog: AuditTrail {
    /// Bytes of lines that may wait.
    public static let waitingBytesMax = 8 << 20
    /// How long a file that can't be written is left alone before the next try.
    static let retryInterval = DispatchTimeInterval.seconds(1)
    /// Seconds between two errors in the log.
    private static let complaintInterval = 60.0

    private struct State {
        var waiting: [[UInt8]] = []
        /// Bytes of those, and of those that the writer has taken and not written.
        var bytes = 0
        /// Whether the writer will look at what waits.
        var isScheduled = false
        /// Lines lost since that was said in the file, and since it was said in the log.
        var lost: Int64 = 0
        var untoldLost = 0
        /// When the log was told last that something is wrong, by the system's uptime, and whether it still is.
        var complainedAt: TimeInterval?
        var isTroubled = false
    }

    /// What belongs to the writer's thread.
    private struct Writer: ~Copyable {
        var file: AuditFile?
        /// Lines taken out of the queue and not written yet, in their order.
        var taken: ArraySlice<[UInt8]> = []
    }

    private let path: String
    private let waitingBytesMax: Int
    private let logger: Logger
    /// The writer's thread.
    let queue = DispatchQueue(label: "audit-log")
    private let state = Mutex(State())
    private let writer: Mutex<Writer>
    private let written: Counter
    private let lost: Counter
    private let errors: Counter

    /// Opens the file at `path`, which is made where it is missing.
    ///
    /// - Throws: when it can't be opened or somebody else could change it; not when the disk is full, which may pass.
    public init(
        path: String, waitingBytesMax: Int = AuditLog.waitingBytesMax, logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(AuditFailure) {
        self.path = path
        self.waitingBytesMax = waitingBytesMax
        self.logger = logger
        written = Counter(label: "berth_audit_lines_total", factory: metrics)
        lost = Counter(label: "berth_audit_lines_lost_total", factory: metrics)
        errors = Counter(label: "berth_audit_write_errors_total", factory: metrics)
        do throws(AuditFailure) {
            writer = Mutex(Writer(file: try AuditFile(path: path)))
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
            writer = Mutex(Writer(file: nil))
        }
    }

    /// See ``AuditTrail/record(_:)``.
    public func record(_ event: AuditEvent) {
        let time = Date()
        let line = AuditLine.bytes(event, at: time)
        let (isFull, isNew) = state.withLock { state in
            guard state.bytes + line.count <= waitingBytesMax else {
                state.lost += 1
                state.untoldLost += 1
                return (true, false)
            }
            if state.lost > 0 { enqueue(Self.gap(state.lost, at: time), &state) }
            state.lost = 0
            enqueue(line, &state)
            defer { state.isScheduled = true }
            return (false, !state.isScheduled)
        }
        if isNew { queue.async { self.drain() } }
        guard isFull else { return }
        lost.increment()
        complain("too many lines wait to be written")
    }

    private func enqueue(_ line: [UInt8], _ state: inout State) {
        state.waiting.append(line)
        state.bytes += line.count
    }

    private static func gap(_ lines: Int64, at time: Date) -> [UInt8] {
        AuditLine.bytes(AuditEvent(.linesLost, .failed, by: .service, [.init("lines", .number(lines))]), at: time)
    }

    /// Opens the file anew, after it was moved away (logrotate). When that fails the old one stays in use.
    public func reopen() {
        queue.async { [self] in
            do throws(AuditFailure) {
                try writer.withLock { (writer) throws(AuditFailure) in writer.file = try AuditFile(path: path) }
                logger.info("audit log opened anew", metadata: ["file": "\(path)"])
            } catch {
                logger.error(
                    "the audit log can't be opened anew: the old file stays in use",
                    metadata: ["file": "\(path)", "reason": "\(error)"])
            }
        }
    }

    /// Writes what waits; returns when that is done, could not be, or the time is over.
    ///
    /// - Returns: whether all is written.
    @discardableResult
    public func finish(seconds: Double = 5) -> Bool {
        let isOver = DispatchSemaphore(value: 0)
        queue.async { [self] in
            let gap = state.withLock { state in
                defer { state.lost = 0 }
                return state.lost
            }
            if gap > 0 { state.withLock { enqueue(Self.gap(gap, at: Date()), &$0) } }
            drain(isLast: true)
            isOver.signal()
        }
        let isInTime = isOver.wait(timeout: .now() + seconds) == .success
        let left = state.withLock { $0.bytes }
        guard left > 0 || !isInTime else { return true }
        logger.error(
            "the end of the audit log is lost: it could not be written in time", metadata: ["bytes": "\(left)"])
        return false
    }

    /// Writes all lines that wait, one write(2) each; on the writer's thread.
    private func drain(isLast: Bool = false) {
        while true {
            writer.withLock { writer in
                guard writer.taken.isEmpty else { return }
                writer.taken = state.withLock { state in
                    defer { state.waiting = [] }
                    if state.waiting.isEmpty { state.isScheduled = false }
                    return state.waiting[...]
                }
            }
            let (isEmpty, error) = writer.withLock { writer in (writer.taken.isEmpty, write(&writer)) }
            if isEmpty { return }
            guard let error else { continue }
            errors.increment()
            complain("it can't be written: \(error)")
            if !isLast { queue.asyncAfter(deadline: .now() + Self.retryInterval) { self.drain() } }
            return
        }
    }

    /// Writes the lines that were taken; why it could not go on, or nil when all are written.
    private func write(_ writer: inout Writer) -> String? {
        if writer.file == nil {
            do throws(AuditFailure) { writer.file = try AuditFile(path: path) } catch { return error.description }
        }
        while let line = writer.taken.first {
            let code = writer.file?.append(line) ?? EBADF
            guard code == 0 else { return String(cString: strerror(code)) }
            writer.taken = writer.taken.dropFirst()
            state.withLock { $0.bytes -= line.count }
            written.increment()
        }
        tellRecovery()
        return nil
    }

    /// Tells the log that something is wrong, at most once a minute.
    private func complain(_ reason: String) {
        let now = ProcessInfo.processInfo.systemUptime
        let told: (bytes: Int, lost: Int)? = state.withLock { state in
            if let last = state.complainedAt, now - last < Self.complaintInterval { return nil }
            state.complainedAt = now
            state.isTroubled = true
            defer { state.untoldLost = 0 }
            return (state.bytes, state.untoldLost)
        }
        guard let told else { return }
        logger.error(
            "the audit log falls behind: lines wait, and are lost when too many do",
            metadata: [
                "file": "\(path)", "reason": "\(reason)", "waiting_bytes": "\(told.bytes)", "lost": "\(told.lost)",
            ])
    }

    private func tellRecovery() {
        let lost: Int? = state.withLock { state in
            guard state.isTroubled, state.waiting.isEmpty else { return nil }
            state.isTroubled = false
            defer { state.untoldLost = 0 }
            return state.untoldLost
        }
        if let lost { logger.info("the audit log is written again", metadata: ["lost": "\(lost)"]) }
    }
}
