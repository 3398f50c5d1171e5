import Foundation
import Glibc
import LogTestSupport
import PrometheusMetrics
import SFTPTestSupport
import ServiceTestSupport
import Testing

@testable import Audit

@Suite struct AuditLogTests {
    private let directory = ScratchDirectory()
    private let told = LogRecorder()
    private let metrics = PrometheusMetrics()

    private var path: String { directory.host("audit.jsonl") }

    private func open(_ path: String? = nil, waitingBytesMax: Int = AuditLog.waitingBytesMax) throws -> AuditLog {
        try AuditLog(path: path ?? self.path, waitingBytesMax: waitingBytesMax, logger: told.logger, metrics: metrics)
    }

    /// An event that can be told from others, of about so many bytes.
    private static func event(_ number: Int, padding: Int = 0) -> AuditEvent {
        AuditEvent(
            .fileRead, .granted, by: .service,
            [.init("number", .number(Int64(number))), .init("padding", String(repeating: "x", count: padding))])
    }

    /// The numbers of the events in a file; of lines that are lost, their count, negative.
    private func numbers(_ path: String) throws -> [Int] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let json = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            if json["event"] as? String == "audit.lost" { return try -#require(json["lines"] as? Int) }
            return try #require(json["number"] as? Int)
        }
    }

    private func metric(_ name: String) -> String? {
        metrics.text().split(separator: "\n").first { $0.hasPrefix(name + " ") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }

    @Test func linesAreInTheFileInTheOrderInWhichTheyWereRecorded() throws {
        let log = try open()
        let count = 5_000
        for number in 0..<count { log.record(Self.event(number)) }
        #expect(log.finish())
        #expect(try numbers(path) == Array(0..<count))
        #expect(metric("berth_audit_lines_total") == "\(count)" && metric("berth_audit_lines_lost_total") == "0")
        #expect(told.messages.isEmpty)
    }

    @Test func everyThreadsLinesAreThereWholeAndInItsOrder() throws {
        let log = try open()
        let (threads, rounds) = (8, 500)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for round in 0..<rounds { log.record(Self.event(thread * rounds + round, padding: round)) }
        }
        log.finish()
        let numbers = try numbers(path)
        #expect(numbers.count == threads * rounds)
        for thread in 0..<threads {
            #expect(numbers.filter { $0 / rounds == thread } == (0..<rounds).map { thread * rounds + $0 })
        }
    }

    @Test func theFileIsItsOwnersAloneAndIsAppendedTo() throws {
        for number in 0..<3 {
            let log = try open()
            log.record(Self.event(number))
            log.finish()
        }
        #expect(try numbers(path) == [0, 1, 2])
        #expect(directory.status("audit.jsonl")?.mode == S_IFREG | 0o600)
    }

    @Test func twoProcessesCanAppendToIt() throws {
        let logs = [try open(), try open()]
        for number in 0..<1_000 { logs[number % 2].record(Self.event(number)) }
        for log in logs { log.finish() }
        #expect(try numbers(path).sorted() == Array(0..<1_000))
    }

    @Test func afterItWasMovedAwayItIsOpenedAnewAndNoLineIsLost() throws {
        let log = try open()
        for number in 0..<10 { log.record(Self.event(number)) }
        #expect(eventually(seconds: 10) { metric("berth_audit_lines_total") == "10" })
        #expect(rename(path, path + ".1") == 0)
        for number in 10..<20 { log.record(Self.event(number)) }
        #expect(eventually(seconds: 10) { metric("berth_audit_lines_total") == "20" })
        log.reopen()
        for number in 20..<30 { log.record(Self.event(number)) }
        #expect(log.finish())
        #expect(try numbers(path + ".1") == Array(0..<20))
        #expect(try numbers(path) == Array(20..<30))
        #expect(directory.status("audit.jsonl")?.mode == S_IFREG | 0o600)
        #expect(told.messages == ["info audit log opened anew"])
    }

    @Test func whereItCantBeOpenedAnewTheOldOneStaysInUse() throws {
        let log = try open()
        #expect(rename(path, path + ".1") == 0)
        directory.directory("audit.jsonl")
        log.reopen()
        log.record(Self.event(1))
        #expect(log.finish())
        #expect(try numbers(path + ".1") == [1])
        #expect(told.messages == ["error the audit log can't be opened anew: the old file stays in use"])
    }

    @Test func aLineThatBrokeOffSpoilsNoOther() throws {
        directory.file("audit.jsonl", "{\"number\":7}\n{\"numb", mode: 0o600)
        let log = try open()
        log.record(Self.event(8))
        log.finish()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3 && lines[1] == "{\"numb" && lines[2].hasSuffix("}"))
    }

    @Test func whatOthersCouldChangeIsRefusedWithAReason() throws {
        directory.file("open.jsonl")
        chmod(directory.host("open.jsonl"), 0o620)
        directory.link("link.jsonl", to: "open.jsonl")
        directory.directory("directory.jsonl")
        #expect(mkfifo(directory.host("fifo.jsonl"), 0o600) == 0)
        for (name, reason) in [
            ("open.jsonl", "chmod go-w"), ("link.jsonl", "symbolic link"), ("directory.jsonl", "directory"),
            ("fifo.jsonl", "no regular file"), ("missing/audit.jsonl", "No such file"),
        ] {
            let failure = #expect(throws: AuditFailure.self) { try open(directory.host(name)) }
            #expect(failure?.description.contains(reason) == true, "\(name): \(failure?.description ?? "")")
        }
    }

    /// A thousand lines would take far longer if each waited for the writer.
    @Test func nobodyWaitsForTheFileAndWhatIsTooMuchIsCountedAndSaid() throws {
        let log = try open(waitingBytesMax: 10_000)
        // A writer that is held up for as long as somebody else has the file's queue.
        let (isHeld, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        log.queue.async {
            isHeld.signal()
            release.wait()
        }
        isHeld.wait()
        for number in 0..<100 { log.record(Self.event(number, padding: 900)) }
        #expect(metric("berth_audit_lines_lost_total") == "91", "nine of about 1,030 bytes fit")
        #expect(told.messages == ["error the audit log falls behind: lines wait, and are lost when too many do"])
        release.signal()
        #expect(eventually(seconds: 10) { metric("berth_audit_lines_total") == "9" })
        log.record(Self.event(100))
        #expect(log.finish())
        #expect(try numbers(path) == Array(0..<9) + [-91, 100])
        // Once a minute, and that it is over.
        #expect(told.messages.count == 2 && told.messages.last == "info the audit log is written again")
    }

    @Test(.enabled(if: TinyDisk.isPossible)) func onAFullDiskLinesWaitAndAreThereWhenThereIsRoom() throws {
        let disk = try #require(TinyDisk())
        let path = disk.path + "/audit.jsonl"
        let log = try open(path)
        let filler = disk.path + "/filler"
        #expect(FileManager.default.createFile(atPath: filler, contents: Data(count: 900_000)))
        // More than fits, less than may wait.
        for number in 0..<400 { log.record(Self.event(number, padding: 900)) }
        #expect(eventually(seconds: 10) { told.messages.contains { $0.hasPrefix("error the audit log falls behind") } })
        #expect(Int(metric("berth_audit_write_errors_total") ?? "") ?? 0 > 0)
        unlink(filler)
        #expect(eventually(seconds: 10) { metric("berth_audit_lines_total") == "400" })
        #expect(log.finish())
        #expect(metric("berth_audit_lines_lost_total") == "0")
        // The line that the disk took a part of is there again as a whole.
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let whole = lines.compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["number"] as? Int
        }
        #expect(whole == Array(0..<400) && lines.count <= 401)
        #expect(told.messages.count == 2 && told.messages.last == "info the audit log is written again")
    }

    @Test(.enabled(if: TinyDisk.isPossible)) func anEndOnAFullDiskDoesNotWaitForRoom() throws {
        let disk = try #require(TinyDisk())
        let log = try open(disk.path + "/audit.jsonl")
        #expect(FileManager.default.createFile(atPath: disk.path + "/filler", contents: nil))
        let filler = Glibc.open(disk.path + "/filler", O_WRONLY | O_CLOEXEC)
        let block = [UInt8](repeating: 0, count: 4_096)
        while write(filler, block, block.count) > 0 {}
        close(filler)
        for number in 0..<10 { log.record(Self.event(number, padding: 5_000)) }
        let started = ContinuousClock.now
        #expect(!log.finish())
        #expect(ContinuousClock.now - started < .seconds(4))
        #expect(told.messages.contains { $0.hasPrefix("error the end of the audit log is lost") })
    }
}
