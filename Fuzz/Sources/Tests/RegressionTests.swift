import Foundation
import Testing

/// Files that once broke a reader, and the files that fuzzing begins with.
///
/// One after the other: targets that read files share a folder, as they do while fuzzing.
@Suite(.serialized) struct FuzzRegressionTests {
  private static let regressions = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Regressions")

  private static func files(of target: String) throws -> [URL] {
    let folder = regressions.appendingPathComponent(target)
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
  }

  @Test(arguments: FuzzTarget.all.map(\.name)) func filesThatBrokeAReaderDoSoNoMore(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for file in try Self.files(of: name) {
      #expect(throws: Never.self, "\(name)/\(file.lastPathComponent)") {
        try target.check([UInt8](Data(contentsOf: file)))
      }
    }
  }

  @Test func everyFolderOfFilesBelongsToATarget() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.regressions.path).filter { !$0.hasPrefix(".") }
    #expect(names.count > 2)
    for name in names { #expect(FuzzTarget.all.contains { $0.name == name }, "\(name)") }
  }

  /// Every seed, cut at every byte up to a limit, and with bytes changed: a few seconds of what `Scripts/fuzz` does for
  /// minutes.
  @Test(arguments: FuzzTarget.all.map(\.name)) func seedsHoldWhereverTheyAreDamaged(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let seeds = try target.seeds()
    #expect(!seeds.isEmpty)
    for (number, seed) in seeds.enumerated() {
      let step = max(1, seed.count / 40)
      for place in stride(from: 0, to: seed.count, by: step) {
        var changed = seed
        changed[place] ^= UInt8(1) << UInt8(place % 8)
        for (what, input) in [("cut", Array(seed.prefix(place))), ("changed", changed)] {
          #expect(throws: Never.self, "\(name), seed \(number) \(what) at \(place)") { try target.check(input) }
        }
      }
    }
  }
}
