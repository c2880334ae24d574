import Foundation
import Testing

@testable import PipelineRunner

@Suite struct ModelFileTests {
  /// One small model for all tests of this file.
  private static let bytes: [UInt8] = {
    do {
      let recordings = try SyntheticRecordings()
      for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
      let outcome = try recordings.run(recordings.pipeline()).run()
      return try ModelFile(outcome)?.bytes() ?? []
    } catch {
      Issue.record("no model: \(error)")
      return []
    }
  }()

  @Test func aModelReadsBackAsWritten() throws {
    let model = try ModelFile(bytes: Self.bytes)
    #expect(try model.bytes() == Self.bytes)
    #expect(model.description.classNames == ["rest", "swing"])
    #expect(model.description.training.subjects == ["b"])
    #expect(model.adaptedWeights.count == 1)
    #expect(!model.adaptedWeights[0].isEmpty)
  }

  @Test func everyCutIsATypedError() {
    // Every cut within the first section, then in steps: a cut inside a large section behaves alike.
    let cuts = Array(0..<200) + Array(stride(from: 200, to: Self.bytes.count, by: 97)) + [Self.bytes.count - 1]
    for cut in cuts {
      #expect(throws: ModelFile.ReadError.self) { try ModelFile(bytes: Array(Self.bytes.prefix(cut))) }
    }
  }

  @Test func everyFlippedBitIsSeen() {
    for position in Array(0..<200) + Array(stride(from: 200, to: Self.bytes.count, by: 53)) {
      var damaged = Self.bytes
      damaged[position] ^= 1 << UInt8(position % 8)
      #expect(throws: ModelFile.ReadError.self, "byte \(position)") { try ModelFile(bytes: damaged) }
    }
  }
}
