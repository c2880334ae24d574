// swift-tools-version: 6.2
import PackageDescription

/// Built by `Scripts/fuzz`, which asks for the sanitizers and links libFuzzer; the checks also run as ordinary tests of
/// the main package, on the files in `Regressions`.
let package = Package(
  name: "martlet-fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "martlet", path: "..")
  ],
  targets: [
    .executableTarget(
      name: "martlet-fuzz", dependencies: [.product(name: "SensorLogs", package: "martlet")], path: ".",
      exclude: ["Regressions", "Tests"], sources: ["Checks", "Driver"], swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
