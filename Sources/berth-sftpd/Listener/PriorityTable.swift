/// Keys with priorities, the highest at hand: a binary heap that knows each key's place. Setting, removing and taking the
/// first cost the logarithm of the number of keys.
struct PriorityTable<Key: Hashable, Priority: Comparable> {
    private var heap: [(key: Key, priority: Priority)] = []
    private var places: [Key: Int] = [:]

    var count: Int { heap.count }

    /// The key with the highest priority.
    var first: (key: Key, priority: Priority)? { heap.first }

    /// A key's priority; nil takes the key out.
    subscript(key: Key) -> Priority? {
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

/// A point in time of which the earliest comes first; of the monotonic clock in milliseconds.
struct Earliest: Comparable {
    let time: Int64

    static func < (one: Earliest, other: Earliest) -> Bool { one.time > other.time }
}
