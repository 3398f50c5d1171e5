/// The running service.
struct ControlPlane {
    let settings: Settings

    func run() async throws {
    }
}
