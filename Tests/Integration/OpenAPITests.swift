import ServiceTestSupport
import Testing

extension Integration {
    /// The OpenAPI document as others read it.
    @Suite(
        .enabled(if: PythonPackages.areWanted("openapi"), "schemathesis is not installed: scripts/test installs it"))
    struct OpenAPITests {
        @Test func `the document is valid, and requests made from it are answered as it says`() throws {
            let daemon = try Daemon()
            let result = try Command.run(
                PythonPackages.python("openapi"),
                // Long enough for every operation, with values at and beyond its bounds; scripts/openapi-check takes longer.
                [Programs.script("openapi/check.py"), daemon.api.base, "60"],
                environment: ["BERTH_API_KEY": daemon.apiKey, "PYTHONDONTWRITEBYTECODE": "1"], seconds: 240)
            #expect(result.status == 0, "\(result.output)\n\(result.error)\n\(daemon.log.text.suffix(10_000))")
            #expect(!daemon.log.lines.contains { $0.contains(" error ") })
        }
    }
}
