import HTTPTypes
import Logging
import NIOCore
import Registry
import SessionControl
import Synchronization

/// How many requests an address and an API key may make, and how many connections an address.
final class RequestRates: Sendable {
    static let keySetting = "api.requests_per_second_per_key"
    static let addressSetting = "api.requests_per_second_per_address"

    private struct Tables {
        var addresses: TokenBuckets<AddressSource>?
        var health: TokenBuckets<AddressSource>?
        var connections: TokenBuckets<AddressSource>?
        var keys: TokenBuckets<Int64>?
    }

    private let tables: Mutex<Tables>
    private let perKey: Int
    private let perAddress: Int
    private let refusals: RefusalLog
    private let now: @Sendable () -> Int64

    /// Rates; 0 for no limit.
    ///
    /// - Parameter now: the monotonic clock in nanoseconds.
    init(
        perKey: Int, perAddress: Int, refusals: RefusalLog,
        now: @escaping @Sendable () -> Int64 = monotonicNanoseconds
    ) {
        self.perKey = perKey
        self.perAddress = perAddress
        self.refusals = refusals
        self.now = now
        let ofAddresses = perAddress > 0 ? TokenBuckets<AddressSource>(perSecond: perAddress) : nil
        tables = Mutex(
            Tables(
                addresses: ofAddresses, health: ofAddresses, connections: ofAddresses,
                keys: perKey > 0 ? TokenBuckets(perSecond: perKey) : nil))
    }

    /// Counts a request by where it comes from, before anything is known of its key.
    ///
    /// - Parameter isOfHealth: whether it asks for the service's health: a supervisor is not refused for what others ask.
    func admit(from source: AddressSource?, isOfHealth: Bool) throws(APIError) {
        guard let source else { return }
        let now = now()
        let wait = tables.withLock { tables in
            isOfHealth ? tables.health?.take(source, now: now) : tables.addresses?.take(source, now: now)
        }
        guard let wait else { return }
        refusals.note("requests refused", by: Self.addressSetting, ["address": "\(source)"])
        // Who goes on asking has to connect anew, and of that there is a rate, too.
        throw Self.throttled(
            "This address has used up its \(perAddress) requests per second", wait, [.connection: "close"])
    }

    /// Counts a request by its key.
    func admit(_ key: APIKey) throws(APIError) {
        guard let wait = tables.withLock({ $0.keys?.take(key.id, now: now()) }) else { return }
        refusals.note("requests refused", by: Self.keySetting, ["key": "\(key.name)", "key_id": "\(key.id)"])
        throw Self.throttled("The API key has used up its \(perKey) requests per second", wait)
    }

    /// Counts a connection by where it comes from; whether it may be made. A handshake costs more than most requests.
    func admitsConnection(from source: AddressSource?) -> Bool {
        guard let source else { return true }
        return tables.withLock { $0.connections?.take(source, now: now()) } == nil
    }

    private static func throttled(_ cause: String, _ nanoseconds: Int64, _ fields: HTTPFields = [:]) -> APIError {
        var fields = fields
        let seconds = (nanoseconds - 1) / 1_000_000_000 + 1
        fields[.retryAfter] = "\(seconds)"
        return APIError(
            .throttling, "\(cause); try again in \(seconds == 1 ? "a second" : "\(seconds) seconds").",
            headers: fields)
    }
}

/// The monotonic clock in nanoseconds, which ``TokenBuckets`` is told.
@Sendable func monotonicNanoseconds() -> Int64 { Int64(clamping: NIODeadline.now().uptimeNanoseconds) }
