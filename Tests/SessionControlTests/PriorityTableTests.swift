import SessionControl
import Testing

@Suite struct PriorityTableTests {
    @Test func theFirstIsAlwaysTheHighest() {
        var random = SystemRandomNumberGenerator()
        var table = PriorityTable<Int, Int>()
        var model: [Int: Int] = [:]
        for _ in 0..<20_000 {
            let key = Int.random(in: 0..<60, using: &random)
            let priority = Int.random(in: 0...3, using: &random) == 0 ? nil : Int.random(in: 0..<30, using: &random)
            table[key] = priority
            model[key] = priority
            #expect(table.count == model.count && table[key] == priority)
            #expect(table.first?.priority == model.values.max())
            if let first = table.first { #expect(model[first.key] == first.priority) }
        }
    }

    @Test func theEarliestTimeComesFirst() {
        var table = PriorityTable<String, Lowest<Int>>()
        table["later"] = Lowest(9)
        table["sooner"] = Lowest(3)
        #expect(table.first?.key == "sooner")
        table["sooner"] = nil
        #expect(table.first?.key == "later")
    }
}
