import Testing

/// What clients may open and ask for once they are logged in.
@Suite struct ChannelTests {
    @Test func aShellGetsOneLine() throws {
        let server = try TestServer()
        let result = try server.ssh(["partner@127.0.0.1"])
        #expect(result.status == 1)
        #expect(result.output == "This account serves SFTP only.\n")
    }

    @Test func aShellWithTerminalGetsOneLine() throws {
        let server = try TestServer()
        let result = try server.ssh(["-tt", "partner@127.0.0.1"])
        #expect(result.status == 1)
        #expect(result.output.hasPrefix("This account serves SFTP only.\r\n"), "\(result.output)")
    }

    @Test func aCommandGetsTheSameLine() throws {
        let server = try TestServer()
        let result = try server.ssh(["partner@127.0.0.1", "cat", "/etc/passwd"])
        #expect(result.status == 1)
        #expect(result.output == "This account serves SFTP only.\n")
    }

    @Test func anUnknownSubsystemIsRefused() throws {
        let server = try TestServer()
        let result = try server.ssh(["-s", "partner@127.0.0.1", "netconf"])
        #expect(result.output.contains("subsystem request failed"), "\(result.output)")
    }

    @Test(arguments: [
        "eleventh_channel_is_refused", "many_channels_one_after_the_other", "second_subsystem_is_refused",
        "what_takes_long_ends_with_its_channel",
        "forwarding_is_refused", "requests_before_the_end_are_all_answered", "garbage_closes_the_channel_alone",
    ])
    func rule(_ name: String) throws {
        let server = try TestServer()
        let result = try server.client("channels.py", name).finish()
        #expect(result.status == 0, "\(result.output)")
    }

    /// For 10, libssh's write never comes back.
    @Test(arguments: [10, 11, 20])
    func aTinyPacketSizeEndsTheConnectionAtOnce(_ size: Int) throws {
        let server = try TestServer()
        let client = try server.client("channels.py", "tiny_packets", "\(size)")
        let end = try server.end()
        #expect(end.contains("packet size is too small") && end.hasPrefix("abandoned") == (size == 10), "\(end)")
        #expect(try processorMilliseconds(end) < 1_000, "\(end)")
        let result = try client.finish()
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func aTurnThatUsesTooMuchProcessorTimeEndsTheProcess() throws {
        let server = try TestServer(["--watchdog", "1"])
        let client = try server.client("channels.py", "makes_it_spin")
        #expect(try server.end() == "spinning")
        #expect(try client.finish().status == 0)
    }

    @Test func aClientThatStopsReadingCostsLittleMemory() throws {
        let server = try TestServer()
        let client = try server.client("channels.py", "asks_for_much_and_reads_nothing")
        _ = try client.line(beginning: "sent")
        try client.closeInput()
        #expect(try client.finish().status == 0)
        #expect(try peakMegabytes(server.end()) < 24)
    }

    @Test func aClientThatIgnoresTheWindowIsCutOff() throws {
        let server = try TestServer()
        let client = try server.client("channels.py", "ignores_the_window")
        let end = try server.end()
        #expect(end.contains("more data than"))
        #expect(try peakMegabytes(end) < 24)
        #expect(try client.finish().status == 0)
    }

    private func processorMilliseconds(_ end: String) throws -> Int {
        let words = end.split(separator: " ").map { $0.split(separator: "=") }
        let times = words.filter { ["user", "system"].contains($0.first) }.compactMap { $0.last.flatMap { Int($0) } }
        try #require(times.count == 2)
        return times.reduce(0, +)
    }

    private func peakMegabytes(_ end: String) throws -> Int {
        let kilobytes = try #require(end.split(separator: "peak=").last.flatMap { Int($0) })
        return kilobytes / 1_024
    }

    /// Without turns, the channel that was opened first would send everything it has before another one's answer.
    @Test func anAnswerDoesNotWaitForAnotherChannelsDownload() throws {
        let server = try TestServer()
        let file = try server.makeFile("large", bytes: 1 << 20)
        let result = try server.client("fair_channels.py", file).finish()
        let longest = result.output.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
        #expect(result.status == 0, "\(result.output)")
        // 200 MB go over the first one.
        #expect(try #require(longest) < 30_000_000, "\(result.output)")
    }
}
