// swift-tools-version: 6.2
import PackageDescription

// Settings of every target: Swift 6 language mode comes with the tools version.
let common: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The data plane is single-threaded and forks: it must not load the concurrency or string-processing runtimes, which
// `import Glibc` brings in implicitly. Targets that both planes share are built the same way.
let dataPlane: [SwiftSetting] =
    common + [
        .unsafeFlags([
            "-Xfrontend", "-disable-implicit-concurrency-module-import",
            "-Xfrontend", "-disable-implicit-string-processing-module-import",
        ])
    ]

let package = Package(
    name: "berth",
    products: [
        .executable(name: "berthd", targets: ["berthd"]),
        .executable(name: "berth-sftpd", targets: ["berth-sftpd"]),
        .executable(name: "berth", targets: ["berth"]),
        .library(name: "BerthClient", targets: ["BerthClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Shared by both planes.
        .target(name: "CLinux"),
        .target(name: "CMemory"),
        .target(name: "CReadAhead"),
        .target(name: "SSHWire", swiftSettings: dataPlane),
        .target(name: "SessionControl", dependencies: ["SSHWire", "CLinux"], swiftSettings: dataPlane),
        .target(name: "ConfinedFileSystem", dependencies: ["CLinux"], swiftSettings: dataPlane),

        // Data plane.
        .systemLibrary(name: "CLibSSH", pkgConfig: "libssh", providers: [.apt(["libssh-dev"])]),
        .target(name: "SFTPProtocol", dependencies: ["SSHWire"], swiftSettings: dataPlane),
        .target(
            name: "SFTPService", dependencies: ["SFTPProtocol", "SSHWire", "ConfinedFileSystem"],
            swiftSettings: dataPlane),
        .target(
            name: "SSHTransport", dependencies: ["CLibSSH", "CReadAhead", "SSHWire"], swiftSettings: dataPlane,
            // libssh must find this symbol in the executable, before libgssapi's.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=gss_indicate_mechs"])]),
        .executableTarget(
            name: "berth-sftpd",
            dependencies: [
                "SSHTransport", "SFTPService", "SFTPProtocol", "ConfinedFileSystem", "SessionControl", "SSHWire",
                "CLinux", "CMemory",
            ],
            swiftSettings: dataPlane,
            // Bind every symbol at start, so that no forked session pays for it again. That does not reach into Swift's
            // libraries, which are linked in therefore; tests have them beside it.
            linkerSettings: [
                .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"]),
                .unsafeFlags(["-static-stdlib"], .when(configuration: .release)),
            ]),

        // Control plane.
        .target(
            name: "PrometheusMetrics",
            dependencies: [
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: common),
        .target(
            name: "Audit",
            dependencies: [
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: common),
        .target(
            name: "Registry",
            dependencies: [
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: common),
        .target(name: "BucketStore", dependencies: ["ConfinedFileSystem"], swiftSettings: common),
        .target(
            name: "SessionBroker",
            dependencies: [
                "Audit", "Registry", "BucketStore", "SessionControl", "SSHWire", "CLinux",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common),
        .target(
            name: "Provisioning",
            dependencies: [
                "Registry", "BucketStore", "SessionBroker", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        .target(
            name: "ManagementAPI",
            dependencies: [
                "Audit", "Provisioning", "Registry", "BucketStore", "SessionBroker", "SessionControl",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "berthd",
            dependencies: [
                "ManagementAPI", "Provisioning", "SessionBroker", "BucketStore", "Registry", "Audit",
                "PrometheusMetrics", "SessionControl", "CLinux", "CMemory",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: common),

        // Clients of the management API.
        .target(
            name: "BerthClient",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "berth",
            dependencies: [
                "BerthClient", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        // The programs of docs/client.md.
        .executableTarget(
            name: "ClientExamples", dependencies: ["BerthClient"], path: "Examples", swiftSettings: common),

        .testTarget(
            name: "PrometheusMetricsTests",
            dependencies: [
                "PrometheusMetrics", "LogTestSupport", "SFTPTestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            swiftSettings: common),
        .testTarget(
            name: "AuditTests",
            dependencies: [
                "Audit", "PrometheusMetrics", "LogTestSupport", "ServiceTestSupport", "SFTPTestSupport",
            ],
            swiftSettings: common),
        .testTarget(name: "BucketStoreTests", dependencies: ["BucketStore"], swiftSettings: common),
        .testTarget(
            name: "SessionBrokerTests",
            dependencies: [
                "SessionBroker", "SessionControl", "SSHWire", "Registry", "BucketStore", "Audit", "PrometheusMetrics",
                "LogTestSupport", "SFTPTestSupport", "CLinux", .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: common),
        .target(name: "CAttack", path: "Tests/CAttack"),
        .testTarget(
            name: "berth-sftpdTests",
            dependencies: [
                "berth-sftpd", "SSHTransport", "SFTPService", "SFTPProtocol", "SessionControl", "CLinux", "CAttack",
            ],
            swiftSettings: common),
        // The server that the tests of SSHTransport talk to: it forks, which a test process can't.
        .executableTarget(
            name: "TransportTestServer", dependencies: ["SSHTransport", "SSHWire"], path: "Tests/TransportTestServer",
            swiftSettings: dataPlane, linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]),
        .testTarget(
            name: "CReadAheadTests", dependencies: ["CReadAhead", "ServiceTestSupport"], swiftSettings: common),
        .testTarget(
            name: "SSHTransportTests",
            dependencies: [
                "SSHTransport", "SSHWire", "CLibSSH", "TransportTestServer", "SFTPTestSupport", "ServiceTestSupport",
            ],
            exclude: ["Clients"], swiftSettings: common),
        .testTarget(name: "SSHWireTests", dependencies: ["SSHWire", "SFTPTestSupport"], swiftSettings: common),
        .target(
            name: "SFTPTestSupport", dependencies: ["SFTPProtocol", "SSHWire"], path: "Tests/SFTPTestSupport",
            swiftSettings: common),
        // Keeps what was logged.
        .target(
            name: "LogTestSupport", dependencies: [.product(name: "Logging", package: "swift-log")],
            path: "Tests/LogTestSupport", swiftSettings: common),
        // Tells whether what clients saw at the same time has an order in which every answer is right.
        .target(name: "Linearizability", path: "Tests/Linearizability", swiftSettings: common),
        .testTarget(
            name: "LinearizabilityTests", dependencies: ["Linearizability", "SFTPTestSupport"], swiftSettings: common),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(name: "CSpawn", path: "Tests/CSpawn"),
        .testTarget(
            name: "ConfinedFileSystemTests", dependencies: ["ConfinedFileSystem", "SFTPTestSupport"],
            swiftSettings: common),
        .testTarget(
            name: "SFTPProtocolTests", dependencies: ["SFTPProtocol", "SSHWire", "SFTPTestSupport"],
            swiftSettings: common),
        .testTarget(
            name: "SFTPServiceTests",
            dependencies: [
                "SFTPService", "SFTPProtocol", "ConfinedFileSystem", "SSHWire", "SFTPTestSupport",
                "ServiceTestSupport", "CAllocationCounter",
            ],
            exclude: ["Vectors", "Recordings"], swiftSettings: common),
        // Rules that scripts/fuzz tries with inputs of its own making, and the replay of those that it kept.
        .target(
            name: "FuzzHarness",
            dependencies: [
                "SFTPService", "SFTPProtocol", "ConfinedFileSystem", "SessionControl", "SSHTransport", "SSHWire",
            ],
            path: "Tests/Fuzz/Harness", swiftSettings: common),
        .testTarget(
            name: "FuzzCorpusTests", dependencies: ["FuzzHarness"], path: "Tests/Fuzz/Replay", swiftSettings: common),
        .testTarget(name: "SessionControlTests", dependencies: ["SessionControl", "CLinux"], swiftSettings: common),
        .testTarget(
            name: "RegistryTests",
            dependencies: [
                "Registry", "PrometheusMetrics", "SFTPTestSupport", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: common),
        .testTarget(
            name: "berthdTests",
            dependencies: [
                "berthd", "Registry", "SessionControl", "Audit", "PrometheusMetrics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: common),
        .testTarget(
            name: "ProvisioningTests", dependencies: ["Provisioning", "Registry", "BucketStore", "ConfinedFileSystem"],
            swiftSettings: common),
        .testTarget(
            name: "ManagementAPITests",
            dependencies: [
                "ManagementAPI", "Provisioning", "Registry", "BucketStore", "ConfinedFileSystem", "SessionBroker",
                "SessionControl", "Audit", "PrometheusMetrics", "LogTestSupport",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: common),

        .testTarget(
            name: "BerthClientTests",
            dependencies: [
                "BerthClient", "ServiceTestSupport", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: common),
        .testTarget(
            name: "berthTests",
            dependencies: [
                "berth", "BerthClient", "ServiceTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),

        // The real programs with real clients; scripts/test installs the clients.
        .target(
            name: "ServiceTestSupport", dependencies: ["SFTPTestSupport", "CSpawn"], path: "Tests/ServiceTestSupport",
            exclude: ["Programs"], swiftSettings: common),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["ServiceTestSupport", "SFTPTestSupport", "BerthClient", "Linearizability"],
            path: "Tests/Integration", exclude: ["Clients"], swiftSettings: common),
        // Floods, partners and clients without manners; scripts/bench uses it too.
        .executableTarget(
            name: "LoadGenerator", dependencies: ["CLibSSH"], path: "Tests/LoadGenerator",
            cSettings: [.define("_GNU_SOURCE")]),
        // Attacks on what SECURITY.md promises, each of which succeeds where the defence is taken away.
        .testTarget(
            name: "AttackTests",
            dependencies: [
                "ServiceTestSupport", "SFTPTestSupport", "SFTPProtocol", "SSHWire", "ConfinedFileSystem", "berth-sftpd",
                "SFTPService", "SessionControl", "CLinux", "CAttack", "WithoutCalls", "LoadGenerator",
            ],
            path: "Tests/Attack", exclude: ["Clients", "Removals"], swiftSettings: common),
        .executableTarget(name: "WithoutCalls", dependencies: ["CAttack"], path: "Tests/WithoutCalls"),
        .testTarget(
            name: "InteroperabilityTests", dependencies: ["ServiceTestSupport"], path: "Tests/Interoperability",
            exclude: ["Clients"], swiftSettings: common),
    ]
)
