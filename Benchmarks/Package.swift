// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "martlet-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "martlet", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "AdaptationTable", dependencies: [.product(name: "MartletLearning", package: "martlet")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .systemLibrary(
      name: "LibZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .executableTarget(
      name: "IngestionCost",
      dependencies: [
        "LibZstd", .product(name: "MartletLearning", package: "martlet"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .target(name: "AllocationCount"),
    .executableTarget(
      name: "TrainingStep",
      dependencies: [
        "AllocationCount", .product(name: "MartletLearning", package: "martlet"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .target(
      name: "AdaptationStudy", dependencies: [.product(name: "MartletLearning", package: "martlet")],
      swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault")]),
    .executableTarget(
      name: "AdaptationStudies",
      dependencies: [
        "AdaptationStudy", .product(name: "MartletLearning", package: "martlet"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
