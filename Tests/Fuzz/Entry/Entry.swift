import FuzzHarness
import Glibc

// libFuzzer's entry. The target is named by BERTH_FUZZ_TARGET; the handler's scratch directory is made in
// BERTH_FUZZ_SCRATCH.

private func variable(_ name: String) -> String {
    guard let value = getenv(name) else { fatalError("\(name) is not set") }
    return String(cString: value)
}

private let target: FuzzTarget = {
    guard let target = FuzzTarget(rawValue: variable("BERTH_FUZZ_TARGET")) else { fatalError("no such target") }
    return target
}()

private nonisolated(unsafe) let scratch: HandlerScratch = {
    // No file grows beyond this, whatever the harness overlooks: writes fail with EFBIG.
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: 64 << 20, rlim_max: 64 << 20)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    do {
        return try HandlerScratch(in: variable("BERTH_FUZZ_SCRATCH"), isAlone: true)
    } catch {
        fatalError("\(error)")
    }
}()

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.run([UInt8](UnsafeBufferPointer(start: bytes, count: count)), scratch: scratch)
    } catch {
        fatalError("A rule is broken: \(error)")
    }
    return 0
}
