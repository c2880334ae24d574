// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "own-stage",
  platforms: [.macOS(.v26)],
  // In a package of your own: .package(url: "…/martlet", from: "0.1.0").
  dependencies: [.package(name: "martlet", path: "../..")],
  targets: [
    .target(
      name: "MotionStages", dependencies: [.product(name: "Martlet", package: "martlet")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .executableTarget(
      name: "own-stage", dependencies: ["MotionStages", .product(name: "Martlet", package: "martlet")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(
      name: "MotionStagesTests",
      dependencies: [
        "MotionStages", .product(name: "Martlet", package: "martlet"),
        .product(name: "MartletTesting", package: "martlet"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
