import Testing

/// Tests of the real programs with real clients, one after the other: they start daemons and watch clocks.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum Integration {}
