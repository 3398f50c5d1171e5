import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sends single requests over connections that it keeps. Made once for each client.
final class Transport: Sendable {
    /// Bytes of an answer that are taken: a page of fifty users is a tenth of it.
    static let responseLimitBytes = 4 << 20
    /// How long a connection without a request is kept. The service closes them after 60 seconds: whoever closes first
    /// decides whether a request meets a connection that is just being closed.
    static let idleTimeout = TimeAmount.seconds(20)

    private let client: HTTPClient
    private let ended = Atomic<Bool>(false)

    /// - Throws: `.invalidTrustRoots`.
    init(_ options: SftpClientOptions) throws(SftpClientError) {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = try Self.tls(options.tls)
        // The key goes to the endpoint, and nowhere that an answer names.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = TimeAmount(options.connectTimeout)
        configuration.connectionPool.idleTimeout = Self.idleTimeout
        // Attempts are counted and spaced by the retry policy alone.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    var isShutDown: Bool { ended.load(ordering: .acquiring) }

    /// Closes all connections, without waiting for that. A second call does nothing.
    func shutDown() {
        guard !ended.exchange(true, ordering: .acquiringAndReleasing) else { return }
        client.shutdown { _ in }
    }

    /// One attempt, from connecting to the end of the answer.
    func attempt(_ request: WireRequest, within limit: Duration) async -> AttemptOutcome {
        guard limit > .zero else { return .timedOut(mayHaveBeenSent: false) }
        let mark = SendMark()
        return await withTaskGroup(of: AttemptOutcome?.self) { group in
            group.addTask { await self.exchange(request, mark, limit) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var outcome: AttemptOutcome?
            var isLate = false
            // Both are waited for: only when the exchange has ended it is settled whether the body went out.
            for await ended in group {
                if let ended {
                    outcome = ended
                } else if outcome == nil {
                    isLate = !Task.isCancelled
                }
                group.cancelAll()
            }
            if isLate, case .cancelled(let mayHaveBeenSent) = outcome {
                return .timedOut(mayHaveBeenSent: mayHaveBeenSent)
            }
            return outcome ?? .timedOut(mayHaveBeenSent: true)
        }
    }

    private func exchange(_ request: WireRequest, _ mark: SendMark, _ limit: Duration) async -> AttemptOutcome {
        var http = HTTPClientRequest(url: request.url)
        http.method = HTTPMethod(rawValue: request.method)
        http.headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        if let body = request.body {
            http.body = .stream(
                WatchedBody(bytes: ByteBuffer(bytes: body), mark: mark), length: .known(Int64(body.count)))
        }
        do {
            // The bound is `attempt`'s; this one only has to come later.
            let response = try await client.execute(http, timeout: TimeAmount(limit) + .seconds(5))
            let body = try await response.body.collect(upTo: Self.responseLimitBytes)
            var headers: [String: String] = [:]
            for field in response.headers where headers[field.name.lowercased()] == nil {
                headers[field.name.lowercased()] = field.value
            }
            return .answered(
                WireResponse(status: Int(response.status.code), headers: headers, body: Data(body.readableBytesView)))
        } catch {
            if isShutDown { return .destroyed }
            let failure = TransportError(error)
            let mayHaveBeenSent = request.body == nil ? !failure.isBeforeSending : mark.isSet
            if error is CancellationError || Task.isCancelled { return .cancelled(mayHaveBeenSent: mayHaveBeenSent) }
            if mayHaveBeenSent { return .lost(reason: failure.reason) }
            return .notSent(reason: failure.reason, isLasting: failure.isLasting)
        }
    }

    private static func tls(_ options: SftpClientOptions.TLS) throws(SftpClientError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = options.trustRootsFile {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
                throw .invalidTrustRoots("\(file) is no readable PEM file with certificates")
            }
            configuration.trustRoots = .certificates(certificates)
        }
        if !options.verifiesCertificates { configuration.certificateVerification = .none }
        return configuration
    }
}
