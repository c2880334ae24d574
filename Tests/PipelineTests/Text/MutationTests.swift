import Foundation
import PipelineModel
import PipelineRunner
import PipelineText
import Testing

/// Whatever a file holds, reading and planning it ends, and gives either a pipeline or mistakes with their places.
///
/// `MARTLET_MUTATIONS=100000` looks at so many files instead of some thousands: `Scripts/pipeline-fuzz`.
struct MutationTests {
  /// Each is the seed of a hundred files.
  private static let seeds = 0..<max(1, wanted / 100)
  private static let wanted = ProcessInfo.processInfo.environment["MARTLET_MUTATIONS"].flatMap { Int($0) } ?? 2_000

  @Test(arguments: seeds)
  func aMutatedFileGivesAPipelineOrMistakesWithTheirPlaces(seed: Int) throws {
    var random = SplitMix(seed: seed)
    let files = try Self.files.get()
    let mutator = try Self.mutator.get()
    for number in 0..<100 {
      var bytes = files.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...3, using: &random) { mutator.mutate(&bytes, using: &random) }
      check(bytes, "seed \(seed), file \(number)")
    }
  }

  private static let files = Result {
    try PipelineFiles.whole.map { try PipelineFiles.bytes($0) }
      + PipelineFiles.broken.map { try PipelineFiles.bytes($0, in: PipelineFiles.brokenFolder) }
  }
  private static let mutator = files.map(PipelineMutator.init)

  private func check(_ bytes: [UInt8], _ comment: String) {
    let file = Pipeline.read(bytes: bytes, named: "mutated.swift").planned()
    let text = String(decoding: bytes, as: UTF8.self)
    #expect((file.pipeline != nil) == file.diagnostics.isEmpty, "\(comment)\n\(text)")
    #expect(file.rendered.isEmpty == file.diagnostics.isEmpty)
    let lineCount = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
    for diagnostic in file.diagnostics {
      #expect(!diagnostic.message.isEmpty && !diagnostic.message.contains("\n"), "\(comment)")
      for range in [diagnostic.range] + diagnostic.notes.map(\.range) {
        #expect(range.upperBound <= bytes.count, "\(comment)")
        let (line, column) = file.source.position(of: range.lowerBound)
        #expect(line >= 1 && line <= lineCount && column >= 1, "\(comment)")
      }
    }
    // Each mistake begins with its place.
    let blocks = file.rendered.split(separator: "\n").filter { $0.hasPrefix("mutated.swift:") }
    let places = blocks.filter { $0.prefixMatch(of: /mutated\.swift:[0-9]+:[0-9]+: (error|note): ./) != nil }
    let isCut = file.diagnostics.count > 50
    #expect(blocks.count == places.count + (isCut ? 1 : 0), "\(comment)\n\(file.rendered)")
    #expect(isCut || blocks.count == file.diagnostics.reduce(0) { $0 + 1 + $1.notes.count }, "\(comment)")
    if let pipeline = file.pipeline {
      #expect(Pipeline.read(pipeline.source()).pipeline == pipeline, "\(comment)")
      #expect(throws: Never.self, "\(comment)") { try pipeline.checked() }
    }
  }

  @Test func aFileCutAnywhereIsRefused() throws {
    let whole = try PipelineFiles.bytes("wrist-exercises.swift")
    let end = whole.lastIndex(of: UInt8(ascii: "}"))!
    for length in stride(from: 0, through: end, by: 3) {
      let file = Pipeline.read(bytes: Array(whole.prefix(length)), named: "cut.swift")
      #expect(file.pipeline == nil && !file.diagnostics.isEmpty, "cut to \(length) bytes")
    }
  }

  @Test(arguments: ["(", "[", "{", "/*", "A(", "A{", "a: [", ".a(", "-", "A {", "\"", "let a = A { B("])
  func deepNestingEndsInADiagnostic(opening: String) {
    for prefix in ["", "import Martlet\nlet a = Pipeline(\"a\") {\nIngest("] {
      let file = Pipeline.read(prefix + String(repeating: opening, count: 10_000), named: "deep.swift")
      #expect(file.pipeline == nil && !file.diagnostics.isEmpty)
    }
  }

  @Test func aFileOverTheLimitIsRefusedUnread() {
    let file = Pipeline.read(bytes: Array(repeating: 32, count: Pipeline.fileSizeLimit + 1), named: "big.swift")
    #expect(file.diagnostics.map(\.message) == ["a pipeline file has at most 262144 bytes, and this one has more"])
  }

  @Test(arguments: ["\nA()", "Read(.csv, \"*\");", "A();", "\"\\q\" ", "1,", "x: 1, ", "“”", "\n)"])
  func aFileFullOfMistakesIsReportedInPart(piece: String) {
    let count = 20_000 / piece.utf8.count
    let text =
      "import Martlet\nlet a = Pipeline(\"a\") { Ingest(\"b\") {" + String(repeating: piece, count: count) + "}}\n"
    let file = Pipeline.read(text, named: "many.swift")
    #expect(file.pipeline == nil && !file.diagnostics.isEmpty)
    #expect(file.rendered.utf8.count < 100_000)
  }
}
