import Foundation
import Glibc
import ServiceTestSupport

/// What both sides must hold, and the log say, when the client is done.
extension Trial {
    /// What is wrong; empty when the step was done.
    func faults(after result: Command.Result) -> [String] {
        switch step {
        case .wrongPassword: return refusalFaults(result)
        case .missing: return missingFaults(result)
        default:
            var faults: [String] = []
            if result.status != 0 {
                faults.append("the client ended with \(result.status.map(String.init) ?? "a kill")")
            }
            if !isGranted { faults.append("the log has no login of this user") }
            if client.isWeak, !isWarnedOf { faults.append("the log does not warn of weak algorithms") }
            return faults + stepFaults(result)
        }
    }

    /// Whether the log says that the user logged in; the line may come after the client has gone.
    private var isGranted: Bool {
        daemon.log.waitForLine(seconds: 10) { $0.contains("login granted") && $0.contains("user=\(user.username)") }
            != nil
    }

    /// Whether the log warns that what this user's client agreed to is weak.
    private var isWarnedOf: Bool {
        daemon.log.waitForLine(seconds: 10) {
            $0.contains("login with weak algorithms") && $0.contains("user=\(user.username)")
        } != nil
    }

    private func stepFaults(_ result: Command.Result) -> [String] {
        switch step {
        case .list:
            return ["alpha.edi", "beta gamma.edi", "directory"].filter { !result.output.contains($0) }
                .map { "the list lacks \($0)" }
        case .makeDirectories:
            return Files.isDirectory(bytes("\(onDisk)/made/deeper")) ? [] : ["\(onDisk)/made/deeper is no directory"]
        case .upload:
            return Trial.contents.flatMap { different("\(local)/\($0.name)", "\(onDisk)/\($0.name)", size: $0.bytes) }
        case .download:
            return Trial.contents.flatMap { different("\(onDisk)/\($0.name)", "\(local)/\($0.name)", size: $0.bytes) }
        case .large:
            return (client.hasOwnFormat ? [] : different(large, "\(onDisk)/large"))
                + different(large, "\(local)/large")
        case .resumeUpload:
            return different("\(local)/file", "\(onDisk)/file", size: Trial.mebibyte) + resumeFaults("bytes_in")
        case .resumeDownload:
            return different("\(onDisk)/file", "\(local)/file", size: Trial.mebibyte) + resumeFaults("bytes_out")
        case .rename:
            return exists("\(onDisk)/new") && !exists("\(onDisk)/old") ? [] : ["old was not renamed to new"]
        case .mode:
            let mode = (Files.status(bytes("\(onDisk)/file"))?.st_mode ?? 0) & 0o7777
            return mode == Trial.mode ? [] : ["the mode is \(String(mode, radix: 8))"]
        case .time:
            let time = Files.status(bytes("\(onDisk)/file"))?.st_mtim.tv_sec
            return time == Trial.time ? [] : ["the time is \(time ?? -1)"]
        case .remove: return ["file", "directory"].filter { exists("\(onDisk)/\($0)") }.map { "\($0) is still there" }
        case .symlink:
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(onDisk)/link")
            return target == "target" ? [] : ["the link leads to \(target ?? "nowhere")"]
        case .names: return treeFaults("names")
        case .tree: return treeFaults("tree")
        case .login, .wrongPassword, .missing: return []
        }
    }

    private func treeFaults(_ name: String) -> [String] {
        let expected = bytes("\(local)/\(name)")
        let there = client.hasOwnFormat ? [] : Files.differences(expected, bytes("\(onDisk)/\(name)"))
        return there + Files.differences(expected, bytes("\(local)/back"))
    }

    /// Whether only what was lacking went over the line.
    private func resumeFaults(_ direction: String) -> [String] {
        guard sessionEnd() != nil else { return ["no session ended"] }
        let moved = log().filter { $0.contains("session ended") }.compactMap { $0.number(direction) }.reduce(0, +)
        let lacking = Trial.mebibyte - Trial.alreadyThere
        return moved >= lacking && moved < Trial.mebibyte ? [] : ["\(moved) bytes went over the line, not \(lacking)"]
    }

    private func refusalFaults(_ result: Command.Result) -> [String] {
        var faults = silenceFaults(result)
        if daemon.log.waitForLine(seconds: 10, where: { $0.contains("login denied") && $0.contains(user.username) })
            == nil
        {
            faults.append("the log has no refusal")
        }
        if log().contains(where: { $0.contains("login granted") }) { faults.append("the log has a login of this user") }
        return faults
    }

    private func missingFaults(_ result: Command.Result) -> [String] {
        var faults = silenceFaults(result)
        if !isGranted { faults.append("the log has no login of this user") }
        let words = "no such|not found|not exist|can't find|cannot find"
        let said = result.output + result.error
        if said.range(of: words, options: [.regularExpression, .caseInsensitive]) == nil {
            faults.append("the client does not say that the file is missing")
        }
        return faults
    }

    /// A client must fail in words, not hang and not succeed.
    private func silenceFaults(_ result: Command.Result) -> [String] {
        var faults: [String] = []
        if result.status == nil { faults.append("the client did not end") }
        if result.status == 0 { faults.append("the client ended as if all were well") }
        if (result.output + result.error).isEmpty { faults.append("the client said nothing") }
        return faults
    }

    private func different(_ expected: String, _ actual: String, size: Int? = nil) -> [String] {
        if let size, Files.status(bytes(expected)).map({ Int($0.st_size) }) != size {
            return ["\(expected) no longer has \(size) bytes"]
        }
        return Files.differences(bytes(expected), bytes(actual))
    }

    private func exists(_ path: String) -> Bool { Files.status(bytes(path)) != nil }
    private func bytes(_ path: String) -> Files.Name { Array(path.utf8) }
}
