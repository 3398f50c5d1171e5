import SessionControl

/// Sources to be remembered: those from which somebody logged in lately, say. Of a fixed size; the one that was heard of
/// longest ago makes room.
struct KnownSources {
    private let capacity: Int
    private var numbers: [AddressSource: UInt64] = [:]
    private var lastNumber: UInt64 = 0

    init(capacity: Int = 32_768) {
        self.capacity = max(8, capacity)
    }

    var count: Int { numbers.count }

    func contains(_ source: AddressSource) -> Bool { numbers[source] != nil }

    /// All of them, the one that was heard of longest ago first.
    var all: [AddressSource] { numbers.sorted { $0.value < $1.value }.map(\.key) }

    mutating func insert(_ source: AddressSource) {
        lastNumber += 1
        numbers[source] = lastNumber
        guard numbers.count > capacity else { return }
        // An eighth at once: sorting for each one would be felt.
        for (source, _) in numbers.sorted(by: { $0.value < $1.value }).prefix(capacity / 8) { numbers[source] = nil }
    }

    mutating func remove(_ source: AddressSource) {
        numbers[source] = nil
    }
}
