/// One column of a table: its heading, and what it shows of a thing.
struct Column<Item> {
    let heading: String
    let value: (Item) -> String?

    init(_ heading: String, _ value: @escaping (Item) -> String?) {
        self.heading = heading
        self.value = value
    }
}
