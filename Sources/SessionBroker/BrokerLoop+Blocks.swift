import Foundation
import Logging
import Metrics
import Registry
import SessionControl

// Sources that are blocked for failed logins: kept in the registry, refused by the listener.
extension BrokerLoop {
    /// Milliseconds between two looks for blocks that have ended, while some hold; and for those to be forgotten.
    private static let sweepInterval: Int64 = 1_000
    private static let forgetInterval: Int64 = 3_600_000
    /// Known sources that the listener is told at most; it has room for twice as many.
    private static let knownSourcesMax = 16_384

    /// Takes the blocks over that were kept before a restart; what is trusted by now is set free.
    func loadBlocks() {
        let now = Date()
        do {
            let kept = try broker.registry.blocks()
            let trusted = broker.options.protection.trustedNetworks
            let freed = kept.filter { block in
                let address = AddressNetwork.Address(block.source.prefix { $0 != "/" })
                return address.map { address in trusted.contains { $0.contains(address) } } ?? true
            }
            blockWriter.remove(freed.map(\.source))
            // With blocking switched off, those that hold end, too.
            guard broker.options.protection.blockAfterFailures > 0 else { return }
            for block in kept where !freed.contains(block) { blockBook.restore(block, now: now) }
        } catch {
            logger.error("can't read the blocks: none holds", metadata: ["reason": "\(error)"])
        }
        let present = blockBook.present(now: now)
        if !present.isEmpty { logger.info("blocks still hold", metadata: ["count": "\(present.count)"]) }
        sweepAt = 0
    }

    /// Tells a listener that connected about all blocks.
    func sendBlocks() {
        let now = Date()
        var rest = blockBook.present(now: now)[...]
        while !rest.isEmpty {
            send(blocks: rest.prefix(AddressBlock.countLimit).compactMap { $0.order(now: now) })
            rest = rest.dropFirst(AddressBlock.countLimit)
        }
    }

    /// Tells a listener that connected from where users logged in lately: it keeps a share of its connections for them, and
    /// adds those that log in by itself.
    func sendKnownSources() {
        guard listenerVersion >= knownSourcesVersion else { return }
        do {
            let known = try broker.registry.knownSources(on: .today, limit: Self.knownSourcesMax)
            // The listener takes the last for the latest.
            var rest = known.reversed().compactMap { AddressSource($0) }[...]
            while !rest.isEmpty {
                send(.knownSources(Array(rest.prefix(AddressSource.countLimit))))
                rest = rest.dropFirst(AddressSource.countLimit)
            }
        } catch {
            logger.warning("can't tell the listener from where users log in", metadata: ["reason": "\(error)"])
        }
    }

    /// Blocks a source: its connections that have not logged in end, and further ones are refused.
    ///
    /// It holds at once and is announced, in the log and over the API, once it is kept: what was announced outlives a crash.
    func block(_ source: AddressSource, failures: Int) {
        let now = Date()
        let (block, forgotten) = blockBook.begin(
            source, failures: failures, firstSeconds: broker.options.protection.blockSeconds, now: now)
        send(blocks: [block.order(now: now)].compactMap(\.self))
        blockWriter.save(block) { [logger] in
            logger.warning(
                "address blocked",
                metadata: [
                    "address": "\(block.source)", "reason": "\(block.reason)", "until": "\(Self.text(block.endsAt))",
                    "number": "\(block.number)",
                    "hint": "DELETE /berth/v1/blocks/{address} ends it; sftp.trusted_networks keeps a network from it",
                ])
        }
        if let forgotten { blockWriter.remove([forgotten.description]) }
        audit(block)
        metrics.count(.failedLogins)
        let trusted = broker.options.protection.trustedNetworks
        for session in sessions.values {
            guard case .anonymous = session.stage, let address = session.address, AddressSource(address) == source,
                !trusted.contains(where: { $0.contains(address) })
            else { continue }
            heldAnswers[session.id] = nil
            end(session, reason: "too many failed logins")
        }
        sweepAt = min(sweepAt ?? .max, monotonicMilliseconds() + Self.sweepInterval)
    }

    /// Ends the block of a source before its time, and forgets what led to it.
    func unblock(
        _ source: AddressSource, completion: @escaping @Sendable (Result<Bool, RegistryError>) -> Void
    ) {
        guard let block = blockBook.end(source, now: Date()) else { return completion(.success(false)) }
        loginGuard.forget(source)
        send(blocks: [AddressBlock(source: source, seconds: 0)])
        logger.info("block removed", metadata: ["address": "\(block.source)"])
        audit(block, isOver: "removed over the API")
        blockWriter.remove(block.source) { outcome in completion(outcome.map { true }) }
    }

    /// Logs the blocks that have ended, and forgets old ones. The listener knows their ends.
    func sweepBlocks(now: Int64) {
        let date = Date()
        for block in blockBook.takeEnded(now: date) {
            logger.info("block ended", metadata: ["address": "\(block.source)"])
            audit(block, isOver: "its time is over")
        }
        if now >= forgetAt {
            forgetAt = now + Self.forgetInterval
            blockWriter.remove(blockBook.takeForgotten(now: date).map(\.description))
        }
        sweepAt = now + (blockBook.isQuiet ? Self.forgetInterval : Self.sweepInterval)
    }

    private func send(blocks: [AddressBlock]) {
        guard listenerVersion >= blocksVersion, !blocks.isEmpty else { return }
        send(.blocks(blocks))
    }

    private static func text(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}

extension BlockedSource {
    /// The block as the listener is told.
    fileprivate func order(now: Date) -> AddressBlock? {
        let seconds = endsAt.timeIntervalSince(now).rounded(.up)
        guard seconds > 0, let source = AddressSource(source) else { return nil }
        return AddressBlock(source: source, seconds: UInt32(min(seconds, BlockBook.longestSeconds)))
    }
}
