/// Keys with priorities, the highest at hand: a binary heap that knows each key's place. Setting, removing and taking the
/// first cost the logarithm of the number of keys.
public struct PriorityTable<Key: Hashable, Priority: Comparable> {
    private var heap: [(key: Key, priority: Priority)] = []
    private var places: [Key: Int] = [:]

    /// An empty table.
    public init() {}

    /// How many keys there are.
    public var count: Int { heap.count }

    /// The key with the highest priority.
    public var first: (key: Key, priority: Priority)? { heap.first }

    /// A key's priority; nil takes the key out.
    public subscript(key: Key) -> Priority? {
        get { places[key].map { heap[$0].priority } }
        set {
            switch (places[key], newValue) {
            case (nil, nil): break
            case (nil, let priority?):
                heap.append((key, priority))
                places[key] = heap.count - 1
                rise(from: heap.count - 1)
            case (let place?, let priority?):
                heap[place].priority = priority
                rise(from: place)
                if let now = places[key] { sink(from: now) }
            case (let place?, nil):
                swap(place, heap.count - 1)
                heap.removeLast()
                places[key] = nil
                guard place < heap.count else { break }
                let moved = heap[place].key
                rise(from: place)
                if let now = places[moved] { sink(from: now) }
            }
        }
    }

    private mutating func swap(_ one: Int, _ other: Int) {
        guard one != other else { return }
        heap.swapAt(one, other)
        places[heap[one].key] = one
        places[heap[other].key] = other
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0, heap[(place - 1) / 2].priority < heap[place].priority {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(from start: Int) {
        var place = start
        while true {
            var largest = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[largest].priority < heap[child].priority {
                largest = child
            }
            guard largest != place else { return }
            swap(place, largest)
            place = largest
        }
    }
}

/// A priority that is the higher the lower its value is: the earliest of times, say.
public struct Lowest<Value: Comparable & Sendable>: Comparable, Sendable {
    /// What is compared.
    public let value: Value

    /// The priority of a value.
    public init(_ value: Value) {
        self.value = value
    }

    /// Whether `one` comes after `other`.
    public static func < (one: Lowest, other: Lowest) -> Bool { one.value > other.value }
}
