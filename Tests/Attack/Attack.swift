import Testing

/// Attacks on the real programs, one after the other: they start daemons and watch clocks.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum Attack {}
