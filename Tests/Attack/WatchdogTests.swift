import Glibc
import Testing

@testable import berth_sftpd

extension Attack {
    @Suite(.enabled(if: geteuid() == 0)) struct WatchdogTests {
        /// In one turn of its loop: nothing but the kernel can end that.
        @Test func `a session that spins is ended by the kernel, under all layers too`() throws {
            let ground = try Ground()
            let end = ground.child(SandboxLayer.allCases) { _ in
                var watchdog = Watchdog()
                watchdog.turn(now: 0, secondsLimit: 1)
                // Not without end: it would outlive a test that fails.
                while clock() < 5 * CLOCKS_PER_SEC {}
                return true
            }
            #expect(end == .killed(SIGPROF))
        }
    }
}
