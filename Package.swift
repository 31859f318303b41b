// swift-tools-version: 6.2
import PackageDescription

// Dependencies point one way: executables → roles → domain modules → thin C bindings.
// docs/structure.md draws the picture; a target may import what its row names and nothing else.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A Swift library target with the project's settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A program; it holds a `main.swift` that hands over to one role.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, swiftSettings: strict,
        linkerSettings: [
            .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now", "-Xlinker", "-z", "-Xlinker", "relro"])
        ])
}

/// The unit tests of one module.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "sallyport",
    products: [
        .executable(name: "spad", targets: ["spad"]),
        .executable(name: "spad-worker", targets: ["spad-worker"]),
        .executable(name: "spad-helper", targets: ["spad-helper"]),
        .executable(name: "spad-filter", targets: ["spad-filter"]),
        .executable(name: "spa-proxy", targets: ["spa-proxy"]),
        .executable(name: "spa-knock", targets: ["spa-knock"]),
    ],
    targets: [
        // C bindings: a module map and a header, and the only C that we write.
        .systemLibrary(name: "CLibpcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibssl", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .target(name: "CSallyportShims"),

        // Pure modules: values in, values out; no clock, disk, network or log.
        module("SPABytes"),
        module("SPANet", ["SPABytes"]),
        module("SPAWire", ["SPABytes", "SPANet"]),
        module("SPAPolicy", ["SPANet", "SPAWire"]),
        module("SPAReplay", ["SPABytes"]),
        module("SPADissect", ["SPABytes", "SPANet"]),
        module("SPAFirewall", ["SPANet"]),
        module("SPAConntrack", ["SPANet"]),
        module("SPAStun", ["SPABytes", "SPANet"]),
        module("SPADNS", ["SPABytes", "SPANet"]),
        module("SPAHTTP", ["SPABytes", "SPANet"]),
        module("SPASntp", ["SPABytes"]),

        // The unsafe rim: owners of memory, descriptors and C library objects.
        module("SPASecret", ["CSallyportShims"]),
        module("SPASystem", ["CSallyportShims", "SPANet", "SPASecret"]),
        module("SPACrypto", ["CLibcrypto", "SPASecret", "SPAWire"]),
        module("SPATLS", ["CLibssl"]),
        module("SPACapture", ["CSallyportShims", "SPASystem"]),
        module("SPACaptureFilter", ["CLibpcap"]),
        module("SPAPrivilege", ["CLibcap", "CSallyportShims", "SPASystem"]),

        // Domain modules that handle keys.
        module("SPAKeys", ["SPASecret", "SPAWire"]),
        module("SPAPacket", ["SPAKeys", "SPAWire", "SPACrypto", "SPASecret", "SPABytes", "SPANet"]),
        module("SPAConfig", ["SPAKeys", "SPABytes", "SPANet", "SPAWire", "SPAPolicy", "SPASecret"]),
        module("SPAChannel", ["SPABytes", "SPANet", "SPAPolicy"]),
        module(
            "SPAWorkerSettings",
            ["SPAChannel", "SPAKeys", "SPABytes", "SPANet", "SPAWire", "SPAPolicy", "SPASecret"]),

        // Roles: one per program.
        module(
            "SPASupervisor",
            [
                "SPAConfig", "SPAChannel", "SPAWorkerSettings", "SPAKeys", "SPAPolicy", "SPASystem",
                "SPAPrivilege",
                "SPASecret", "SPANet", "SPAWire", "SPABytes", "SPAReplay",
            ]),
        module(
            "SPAHelper",
            [
                "SPAChannel", "SPAFirewall", "SPAConntrack", "SPACapture", "SPAPrivilege", "SPASystem",
                "SPANet",
                "SPAPolicy",
            ]),
        module(
            "SPAWorker",
            [
                "SPAChannel", "SPAWorkerSettings", "SPAKeys", "SPADissect", "SPAPacket", "SPAPolicy",
                "SPAReplay", "SPACrypto", "SPASecret",
                "SPAPrivilege", "SPASystem", "SPANet", "SPABytes", "SPAWire",
            ]),
        module(
            "SPAClient",
            [
                "SPAConfig", "SPAKeys", "SPAPacket", "SPAWire", "SPAStun", "SPADNS", "SPAHTTP", "SPASntp",
                "SPATLS",
                "SPACrypto", "SPASecret", "SPASystem", "SPANet", "SPABytes",
            ]),

        // Programs.
        program("spad", ["SPASupervisor", "SPASystem"]),
        program("spad-worker", ["SPAWorker", "SPASystem"]),
        program("spad-helper", ["SPAHelper", "SPASystem"]),
        program("spad-filter", ["SPACaptureFilter", "SPASystem"]),
        program("spa-proxy", ["SPAClient"]),
        program("spa-knock", ["SPAClient"]),

        // A program of the tests alone, never installed: attacks the sandboxes from inside.
        .target(name: "CAttacks", path: "Tests/Attack/CAttacks"),
        .executableTarget(
            name: "sandbox-attack", dependencies: ["CAttacks", "SPAPrivilege", "SPASystem"],
            path: "Tests/Attack/sandbox-attack", swiftSettings: strict),

        // Unit tests; the tests on the running system are in Tests/System.
        tests("SPABytesTests", ["SPABytes"]),
        tests("SPANetTests", ["SPANet"]),
        tests(
            "SPAPacketTests",
            ["SPAPacket", "SPAKeys", "SPAWire", "SPACrypto", "SPASecret", "SPANet", "SPABytes"],
            resources: [.copy("Vectors")]),
        tests("SPAPolicyTests", ["SPAPolicy", "SPAWire", "SPANet"]),
        tests("SPAReplayTests", ["SPAReplay", "SPABytes"]),
        tests("SPADissectTests", ["SPADissect", "SPANet"]),
        tests("SPAFirewallTests", ["SPAFirewall", "SPANet"]),
        tests("SPAConntrackTests", ["SPAConntrack", "SPANet"]),
        tests("SPAStunTests", ["SPAStun", "SPANet"]),
        tests("SPADNSTests", ["SPADNS", "SPANet"]),
        tests("SPAHTTPTests", ["SPAHTTP", "SPANet"]),
        tests("SPASntpTests", ["SPASntp"]),
        tests("SPAConfigTests", ["SPAConfig", "SPAKeys", "SPANet", "SPAWire", "SPAPolicy", "SPASecret"]),
        tests(
            "SPAChannelTests",
            ["SPAChannel", "SPAWorkerSettings", "SPAKeys", "SPANet", "SPAWire", "SPAPolicy", "SPASecret"]),
        tests("SPASystemTests", ["SPASystem", "SPANet", "SPASecret"]),
        tests(
            "SPAHelperTests",
            ["SPAHelper", "SPAChannel", "SPAConntrack", "SPAFirewall", "SPANet", "SPAPolicy", "SPASystem"]),
        tests(
            "SPAWorkerTests",
            [
                "SPAWorker", "SPAChannel", "SPAWorkerSettings", "SPAKeys", "SPAPacket", "SPAPolicy",
                "SPAReplay",
                "SPASecret", "SPASystem", "SPANet", "SPAWire",
            ]),
        tests(
            "SPASupervisorTests",
            ["SPASupervisor", "SPAChannel", "SPAConfig", "SPANet", "SPAPolicy", "SPASystem"]),
        tests(
            "SPAClientTests",
            ["SPAClient", "SPASystem", "SPAKeys", "SPAConfig", "SPANet", "SPAWire", "SPAPacket", "SPASecret"]),
    ]
)

// Fuzzing needs every module built with libFuzzer's instrumentation, so its program is there only when asked for.
if Context.environment["SALLYPORT_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzz", path: "Tests/Fuzz/CFuzz"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzz", "SPAChannel", "SPAClient", "SPAConfig", "SPADNS", "SPADissect", "SPAFirewall",
                "SPAConntrack", "SPAHTTP",
                "SPANet", "SPAPolicy", "SPAReplay",
                "SPASntp", "SPAStun", "SPASystem", "SPAWire", "SPAWorkerSettings",
            ],
            path: "Tests/Fuzz/fuzz", swiftSettings: strict),
    ]
}
