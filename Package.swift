// swift-tools-version: 6.2
import PackageDescription

/// Every module states which of its imports leak into its public interface.
let hostSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// Device modules also compile as Embedded Swift: no Foundation, no heap, every unsafe line marked. Lifetimes
/// let one place turn operands into views that cannot outlive their memory.
let deviceSettings: [SwiftSetting] =
  hostSettings + [.strictMemorySafety(), .enableExperimentalFeature("Lifetimes")]

let package = Package(
  name: "martlet",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "martlet", targets: ["MartletTool"]),
    .library(name: "Martlet", targets: ["Martlet"]),
    .library(name: "MartletTesting", targets: ["MartletTesting"]),
    .library(name: "SensorLogs", targets: ["SensorLogs"]),
    .library(
      name: "MartletDevice", targets: ["Tensors", "Kernels", "Training", "Signal"]),
    .library(
      name: "MartletLearning",
      targets: [
        "Tensors", "Signal", "Training", "CTrainingKernels", "HostKernels", "TrainingCompiler", "Learning",
        "ModelExchange", "SensorLogs", "PipelineModel",
        "PipelineText", "PipelineRunner",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // The device side.
    .target(name: "Tensors", swiftSettings: deviceSettings),
    .target(name: "Kernels", dependencies: ["Tensors"], swiftSettings: deviceSettings),
    .target(name: "Training", dependencies: ["Kernels", "Tensors"], swiftSettings: deviceSettings),
    .target(name: "Signal", dependencies: ["Tensors"], swiftSettings: deviceSettings),

    // System libraries.
    .systemLibrary(
      name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

    // C: what Swift cannot express.
    .target(name: "CChecksum"),
    .target(name: "CTrainingKernels"),

    // The host side.
    .target(
      name: "SensorLogs",
      dependencies: ["CZstd", "CZlib", "CChecksum", "Signal", .product(name: "Yams", package: "Yams")],
      swiftSettings: hostSettings),
    .target(
      name: "HostKernels", dependencies: ["CTrainingKernels", "Training", "Kernels", "Tensors"],
      swiftSettings: hostSettings),
    .target(name: "TrainingCompiler", dependencies: ["Tensors"], swiftSettings: hostSettings),
    .target(
      name: "Learning", dependencies: ["TrainingCompiler", "HostKernels", "Training", "Kernels", "Signal", "Tensors"],
      swiftSettings: hostSettings),
    .target(name: "ModelExchange", dependencies: ["TrainingCompiler"], swiftSettings: hostSettings),
    .target(
      name: "PipelineModel", dependencies: ["Signal", "Tensors"],
      // A frame that a stage of a user's own is given cannot outlive the block that it stands in.
      swiftSettings: hostSettings + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "PipelineText", dependencies: ["PipelineModel"], swiftSettings: hostSettings),
    .target(
      name: "PipelineRunner",
      dependencies: [
        "PipelineModel", "PipelineText", "SensorLogs", "Signal", "Learning", "ModelExchange", "TrainingCompiler",
        "Training", "Kernels", "Tensors", "Reports", "CZlib",
      ],
      swiftSettings: hostSettings),
    .target(name: "Reports", dependencies: ["Learning"], swiftSettings: hostSettings),
    .target(
      name: "Martlet", dependencies: ["PipelineModel", "PipelineText", "PipelineRunner", "Reports", "SensorLogs"],
      swiftSettings: hostSettings),
    .target(
      name: "MartletTesting",
      dependencies: [
        "Martlet", "PipelineModel", "PipelineRunner", "SensorLogs", "Signal", "Learning", "TrainingCompiler",
        "Training",
        "Tensors",
      ],
      swiftSettings: hostSettings),
    .executableTarget(
      name: "MartletTool",
      dependencies: [
        "PipelineModel", "PipelineText", "PipelineRunner", "Learning", "HostKernels", "ModelExchange", "Reports",
        "SensorLogs", "Signal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: hostSettings),

    // Tests, a target for each module.
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: hostSettings),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "Tensors"], swiftSettings: hostSettings),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "HostKernels", "TrainingCompiler", "Kernels", "Tensors"],
      resources: [.copy("Fixtures")], swiftSettings: hostSettings),
    .testTarget(
      name: "HostKernelsTests", dependencies: ["HostKernels", "Training", "Tensors"], swiftSettings: hostSettings),
    .testTarget(name: "SignalTests", dependencies: ["Signal"], swiftSettings: hostSettings),
    .testTarget(
      name: "SensorLogsTests", dependencies: ["SensorLogs", "CZstd"], resources: [.copy("Fixtures")],
      swiftSettings: hostSettings),
    // What the fuzzers check, on the files that once broke a reader.
    .testTarget(
      name: "FuzzTests", dependencies: ["SensorLogs"], path: "Fuzz/Sources", exclude: ["Driver"],
      sources: ["Checks", "Tests"], swiftSettings: hostSettings),
    .testTarget(
      name: "TrainingCompilerTests", dependencies: ["TrainingCompiler", "Tensors"], swiftSettings: hostSettings),
    .testTarget(
      name: "LearningTests", dependencies: ["Learning", "TrainingCompiler", "Training", "MartletTesting"],
      swiftSettings: hostSettings),
    .testTarget(
      name: "ModelExchangeTests",
      dependencies: ["ModelExchange", "Learning", "Training", "TrainingCompiler", "Tensors"],
      resources: [.copy("Fixtures")], swiftSettings: hostSettings),
    .testTarget(
      name: "PipelineTests", dependencies: ["PipelineModel", "PipelineText", "PipelineRunner", "Martlet"],
      swiftSettings: hostSettings),
    .testTarget(
      name: "PipelineRunnerTests",
      dependencies: [
        "PipelineRunner", "PipelineModel", "PipelineText", "SensorLogs", "Signal", "Learning", "ModelExchange",
        "TrainingCompiler", "Training", "Tensors",
      ],
      resources: [.copy("Fixtures")], swiftSettings: hostSettings),
    // Depends on the executable so that it is built and lies beside the tests, which run it as a child process.
    .testTarget(
      name: "MartletToolTests",
      dependencies: [
        "MartletTool", "SensorLogs", "PipelineRunner",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: hostSettings),
    .testTarget(
      name: "MartletTestingTests",
      dependencies: [
        "MartletTesting", "Martlet", "PipelineModel", "PipelineRunner", "PipelineText", "SensorLogs",
        "TrainingCompiler",
      ],
      swiftSettings: hostSettings),
    .testTarget(name: "ReportsTests", dependencies: ["Reports"], swiftSettings: hostSettings),
  ]
)
