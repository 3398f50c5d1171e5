import SFTPProtocol

/// The files and directories that a client holds open, by slot and generation.
///
/// Each opening gets a generation of its own, counted over the whole session from a random start: a handle that was closed
/// never names what its slot holds next.
struct HandleTable {
    enum Content {
        case file(FileHandle)
        case directory(DirectoryHandle)
    }

    private struct Slot {
        var generation: UInt32
        var content: Content?
    }

    private let limit: Int
    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var lastGeneration = UInt32.random(in: .min ... .max)

    init(limit: Int) {
        self.limit = limit
    }

    /// How many are open.
    var count: Int { slots.count - free.count }

    /// Whether nothing more can be opened.
    var isFull: Bool { count >= limit }

    /// Puts something in; nil when the table is full.
    mutating func insert(_ content: Content) -> WireHandle? {
        guard !isFull else { return nil }
        lastGeneration &+= 1
        // 0 is what a handle string of a wrong form becomes.
        if lastGeneration == 0 { lastGeneration = 1 }
        let slot = Slot(generation: lastGeneration, content: content)
        if let index = free.popLast() {
            slots[Int(index)] = slot
            return WireHandle(slot: index, generation: lastGeneration)
        }
        slots.append(slot)
        return WireHandle(slot: UInt32(slots.count - 1), generation: lastGeneration)
    }

    private func content(_ handle: WireHandle) -> Content? {
        let index = Int(handle.slot)
        guard index < slots.count, slots[index].generation == handle.generation else { return nil }
        return slots[index].content
    }

    /// The file of a handle; nil for any other handle.
    func file(_ handle: WireHandle) -> FileHandle? {
        guard case .file(let file) = content(handle) else { return nil }
        return file
    }

    /// The directory of a handle; nil for any other handle.
    func directory(_ handle: WireHandle) -> DirectoryHandle? {
        guard case .directory(let directory) = content(handle) else { return nil }
        return directory
    }

    /// Takes something out; nil for a handle that names nothing.
    mutating func remove(_ handle: WireHandle) -> Content? {
        guard let content = content(handle) else { return nil }
        slots[Int(handle.slot)] = Slot(generation: 0, content: nil)
        free.append(handle.slot)
        return content
    }

    /// Takes everything out.
    mutating func removeAll() -> [Content] {
        defer {
            slots = []
            free = []
        }
        return slots.compactMap(\.content)
    }
}
