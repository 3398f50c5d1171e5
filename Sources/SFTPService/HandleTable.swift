import SFTPProtocol

/// The files and directories that a client holds open, by slot and generation.
///
/// Each opening gets a generation of its own, in an order that can't be foretold: a handle that was closed never names what
/// its slot holds next, and one that was made up names nothing.
struct HandleTable {
    enum Content {
        case file(FileHandle)
        case directory(DirectoryHandle)
    }

    private struct Slot {
        var generation: UInt32
        var content: Content?
    }

    private let allowance: HandleAllowance
    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var generations = GenerationSequence()

    init(_ allowance: HandleAllowance) {
        self.allowance = allowance
    }

    /// How many are open.
    var count: Int { slots.count - free.count }

    /// The most that may be open at once, on all channels of the session.
    var limit: Int { allowance.limit }

    /// Whether nothing more can be opened, here or on the session's other channels.
    var isFull: Bool { allowance.isUsedUp }

    /// Puts something in; nil when nothing more can be opened.
    mutating func insert(_ content: Content) -> WireHandle? {
        guard !isFull else { return nil }
        allowance.take()
        // Never 0, which is what a handle string of a wrong form becomes.
        let generation = generations.next()
        let slot = Slot(generation: generation, content: content)
        if let index = free.popLast() {
            slots[Int(index)] = slot
            return WireHandle(slot: index, generation: generation)
        }
        slots.append(slot)
        return WireHandle(slot: UInt32(slots.count - 1), generation: generation)
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
        allowance.giveBack()
        return content
    }

    /// Takes everything out.
    mutating func removeAll() -> [Content] {
        defer {
            allowance.giveBack(count)
            slots = []
            free = []
        }
        return slots.compactMap(\.content)
    }
}
