import Foundation
import GRDB

extension Row {
    /// The column at `index` as a `Value`.
    ///
    /// GRDB's own subscripts stop the process on a value of another type, which in a damaged database is possible.
    func column<Value: DatabaseValueConvertible>(_ index: Int, as: Value.Type = Value.self) throws(RegistryError)
        -> Value
    {
        guard index < count, let value = Value.fromDatabaseValue(self[index] as DatabaseValue) else {
            throw .damaged(reason: "a column holds a value of the wrong type")
        }
        return value
    }

    /// The column at `index` as a `Value`, nil when it is NULL.
    func optionalColumn<Value: DatabaseValueConvertible>(
        _ index: Int, as: Value.Type = Value.self
    ) throws(RegistryError) -> Value? {
        guard index < count, (self[index] as DatabaseValue).isNull else { return try column(index) as Value }
        return nil
    }

    /// The column at `index`, milliseconds since 1970, as a date.
    func date(_ index: Int) throws(RegistryError) -> Date {
        Date(millisecondsSinceEpoch: try column(index))
    }

    /// The column at `index`, milliseconds since 1970 or NULL, as a date.
    func optionalDate(_ index: Int) throws(RegistryError) -> Date? {
        try optionalColumn(index, as: Int64.self).map { Date(millisecondsSinceEpoch: $0) }
    }

    /// The column at `index`, `YYYY-MM-DD` or NULL, as a day.
    func day(_ index: Int) throws(RegistryError) -> CalendarDate? {
        try optionalColumn(index, as: String.self).flatMap(CalendarDate.init)
    }
}
