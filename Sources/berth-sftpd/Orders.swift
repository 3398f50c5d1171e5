import Glibc

/// What the command line asks for.
enum Orders: Equatable {
    /// Serve from the beginning.
    case serve(Listener.Supervision)
    /// Go on in the place of the program that executed this one: its table is in this file.
    case takeOver(Listener.Supervision, table: CInt)
    /// End by ``TableFile/passedStatus`` when the table in this file could be taken over.
    case tryTable(CInt)

    /// Nil when the arguments are none that the usage, or the program itself, has.
    init?(_ arguments: ArraySlice<String>) {
        var values: [String: String] = [:]
        var rest = arguments
        while let name = rest.popFirst() {
            guard let value = rest.popFirst(), values[name] == nil else { return nil }
            values[name] = value
        }
        let table = values.removeValue(forKey: "--table-fd")
        guard let (name, value) = values.popFirst(), values.isEmpty else { return nil }
        let supervision: Listener.Supervision
        switch name {
        case "--control-fd":
            guard let control = Self.descriptor(value) else { return nil }
            supervision = .spawned(control: control)
        case "--control-socket":
            supervision = .standing(path: value)
        case "--try-table-fd":
            guard let file = Self.descriptor(value), table == nil else { return nil }
            self = .tryTable(file)
            return
        default:
            return nil
        }
        guard let table else {
            self = .serve(supervision)
            return
        }
        guard let file = Self.descriptor(table) else { return nil }
        self = .takeOver(supervision, table: file)
    }

    private static func descriptor(_ text: String) -> CInt? {
        guard let number = CInt(text), number > STDERR_FILENO else { return nil }
        return number
    }
}
