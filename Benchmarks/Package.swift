// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "martlet-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "martlet", path: "..")],
  targets: [
    .executableTarget(
      name: "AdaptationTable", dependencies: [.product(name: "MartletLearning", package: "martlet")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .target(
      name: "AdaptationStudy", dependencies: [.product(name: "MartletLearning", package: "martlet")],
      swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault")]),
    .executableTarget(
      name: "Explore", dependencies: ["AdaptationStudy"], swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
