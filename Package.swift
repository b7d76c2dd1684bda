// swift-tools-version: 6.2
import PackageDescription

/// Language features every target is built with.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Names the archive instead of `-lz`, so that the released binary needs no shared decompression libraries.
let staticArchives: [LinkerSetting] = [
    .linkedLibrary(":libz.a"), .linkedLibrary(":libbz2.a"), .linkedLibrary(":liblzma.a"),
    .linkedLibrary(":libzstd.a"), .linkedLibrary(":liblz4.a"), .linkedLibrary(":libyaml.a"),
    .linkedLibrary(":libexpat.a"),
]

/// Where the set-up puts Arrow C++ with its headers.
let arrow = Context.packageDirectory + "/.deps/arrow"

/// Set by `make fuzz`: adds the fuzz targets, which only build with libFuzzer's instrumentation.
let isFuzzing = Context.environment["CORDON_FUZZ"] != nil

/// libFuzzer brings the main function.
let fuzzTargets: [Target] =
    isFuzzing
    ? [
        .executableTarget(
            name: "cordon-fuzz",
            dependencies: [
                "CordonCore", "CordonData", "CordonFormats", "CordonScan", "CordonSigning", "CordonSupplyChain",
                "CordonTensor",
            ],
            path: "Fuzzing/Sources",
            swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]
        )
    ] : []

/// Set by `make bench`: adds the program that runs the library's benchmarks.
let benchTargets: [Target] =
    Context.environment["CORDON_BENCH"] == nil
    ? []
    : [
        .executableTarget(
            name: "cordon-bench",
            dependencies: ["CordonCore", "CordonData", "CordonDataDefense", "CordonFormats", "CordonTensor"],
            path: "Benchmarks/engine/Sources",
            swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "cordon",
    products: [
        .executable(name: "cordon", targets: ["cordon"]),
        .library(name: "CordonCore", targets: ["CordonCore"]),
        .library(name: "CordonFormats", targets: ["CordonFormats"]),
        .library(name: "CordonSigning", targets: ["CordonSigning"]),
        .library(name: "CordonSupplyChain", targets: ["CordonSupplyChain"]),
        .library(name: "CordonScan", targets: ["CordonScan"]),
        .library(name: "CordonReport", targets: ["CordonReport"]),
        .library(name: "CordonTensor", targets: ["CordonTensor"]),
        // Loaded at first use: linked directly, libtorch would cost every command 0.9 CPU-seconds.
        .library(name: "CordonTorch", type: .dynamic, targets: ["CordonTorch"]),
        .library(name: "CordonData", targets: ["CordonData"]),
        .library(name: "CordonDataDefense", targets: ["CordonDataDefense"]),
        .library(name: "CordonModelDefense", targets: ["CordonModelDefense"]),
        // Loaded at first use, as above.
        .library(name: "CordonArrow", type: .dynamic, targets: ["CordonArrow"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        .systemLibrary(name: "CCompression"),
        .systemLibrary(name: "CYAML"),
        .systemLibrary(name: "CExpat"),
        .systemLibrary(name: "CSodium"),
        .target(name: "CSystem"),
        .target(name: "CCurl"),
        .target(name: "CPKCS11"),
        .target(
            name: "CordonCore",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonFormats",
            dependencies: ["CordonCore", "CCompression", "CYAML", "CExpat", "CSystem"],
            swiftSettings: swiftSettings,
            linkerSettings: staticArchives
        ),
        .target(
            name: "CordonSigning",
            dependencies: [
                "CordonCore", "CordonFormats", "CPKCS11", "CSodium", "CSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: swiftSettings,
            linkerSettings: [.linkedLibrary(":libsodium.a")]
        ),
        .target(
            name: "CordonFetch", dependencies: ["CordonCore", "CordonSigning", "CCurl"], swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonSupplyChain",
            dependencies: [
                "CordonCore", "CordonFormats", "CordonSigning", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonStore",
            dependencies: [
                "CordonCore", "CordonFormats", "CordonSupplyChain", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonScan",
            dependencies: ["CordonCore", "CordonFormats", "CordonSigning", "CordonSupplyChain", "CSystem"],
            swiftSettings: swiftSettings
        ),
        .target(name: "ArrowABI"),
        .target(
            name: "CImages",
            linkerSettings: [
                // As one group: the order of single archives would depend on the other targets'.
                .unsafeFlags([
                    "-Xlinker", "--start-group", "-Xlinker", "-l:libpng16.a", "-Xlinker", "-l:libturbojpeg.a",
                    "-Xlinker", "-l:libwebp.a", "-Xlinker", "-l:libz.a", "-Xlinker", "--end-group",
                ])
            ]
        ),
        .target(
            name: "CordonArrow",
            dependencies: ["ArrowABI"],
            cxxSettings: [
                .unsafeFlags([
                    "-std=c++20", "-fno-cxx-modules", "-fvisibility=hidden", "-Wno-everything",
                    "-isystem\(arrow)/include",
                ])
            ],
            linkerSettings: [
                .unsafeFlags(["-L\(arrow)/lib", "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN:\(arrow)/lib"]),
                .linkedLibrary("parquet"), .linkedLibrary("arrow"),
            ]
        ),
        .target(
            name: "CordonData",
            dependencies: [
                "CordonCore", "CordonFormats", "ArrowABI", "CImages", "CSystem",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(name: "TorchABI"),
        .target(
            name: "CordonTorch",
            dependencies: ["TorchABI"],
            cxxSettings: [.unsafeFlags(["-std=c++17", "-fvisibility=hidden", "-Wno-everything"])],
            linkerSettings: [.linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10")]
        ),
        .target(
            name: "CordonTensor",
            dependencies: ["CordonCore", "CordonFormats", "TorchABI"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonModelDefense",
            dependencies: ["CordonCore", "CordonData", "CordonFormats", "CordonTensor"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonDataDefense",
            dependencies: ["CordonCore", "CordonData", "CordonFormats", "CordonTensor", "CSystem"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonReport",
            dependencies: [
                "CordonCore", "CordonData", "CordonDataDefense", "CordonFormats", "CordonModelDefense", "CordonSigning",
                "CordonSupplyChain",
                "CordonTensor",
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "cordon",
            dependencies: [
                "CordonCore", "CordonScan", "CordonReport", "CordonSigning", "CordonSupplyChain", "CordonStore",
                "CordonFormats", "CordonFetch", "CordonData", "CordonDataDefense", "CordonTensor", "CordonModelDefense",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "CordonTestSupport",
            dependencies: [
                "CordonFormats", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "CordonCoreTests", dependencies: ["CordonCore"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CordonFormatsTests",
            dependencies: ["CordonFormats", "CordonTestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonSigningTests",
            dependencies: [
                "CordonCore", "CordonFormats", "CordonSigning", "CordonFetch", "CordonTestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonSupplyChainTests",
            dependencies: [
                "CordonCore", "CordonFormats", "CordonSigning", "CordonSupplyChain", "CordonStore", "CordonTestSupport",
            ],
            exclude: ["Vectors", "Samples"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonScanTests",
            dependencies: ["CordonCore", "CordonScan", "CordonFormats", "CordonSupplyChain", "CordonTestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonDataTests", dependencies: ["CordonData", "CordonFormats", "CordonTestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonTensorTests",
            dependencies: ["CordonTensor", "CordonFormats", "CordonTestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonDataDefenseTests",
            dependencies: ["CordonData", "CordonDataDefense", "CordonTestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonModelDefenseTests",
            dependencies: [
                "CordonCore", "CordonData", "CordonFormats", "CordonModelDefense", "CordonTensor", "CordonTestSupport",
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CordonReportTests",
            dependencies: [
                "CordonCore", "CordonReport", "CordonScan", "CordonFormats", "CordonSigning", "CordonSupplyChain",
                "CordonTestSupport",
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "cordon", "CordonFormats", "CordonTensor", "CordonTestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings
        ),
    ] + fuzzTargets + benchTargets,
    swiftLanguageModes: [.v6]
)
