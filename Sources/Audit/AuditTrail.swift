/// Takes down what was done, by whom and from where. Never waits: whoever records goes on at once.
public protocol AuditTrail: Sendable {
    /// Takes an event down, behind those that were recorded before.
    func record(_ event: AuditEvent)
}

/// Takes nothing down.
public struct NoAuditTrail: AuditTrail {
    /// A trail of nothing.
    public init() {}

    /// Does nothing.
    public func record(_ event: AuditEvent) {}
}
