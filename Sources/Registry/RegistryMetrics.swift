import Metrics

/// What the registry measures of its changes.
struct RegistryMetrics: Sendable {
    private let writes: Timer
    private let errors: Counter

    init(factory: any MetricsFactory) {
        writes = Timer(label: "berth_registry_write_duration_seconds", factory: factory)
        errors = Counter(label: "berth_registry_write_errors_total", factory: factory)
    }

    /// Makes a change, and notes how long that took: the wait for others and for the disk included.
    func measuring<Value>(_ change: () throws(RegistryError) -> Value) throws(RegistryError) -> Value {
        let started = ContinuousClock.now
        do {
            let value = try change()
            let (seconds, attoseconds) = (ContinuousClock.now - started).components
            writes.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
            return value
        } catch {
            // As many users as are allowed is no error of the registry's.
            if case .userLimitReached = error {} else { errors.increment() }
            throw error
        }
    }
}
