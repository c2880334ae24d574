import PipelineModel
import PipelineText
import Testing

/// Whatever a file holds, reading it ends, and gives either a pipeline or at least one diagnostic.
struct MutationTests {
  private static let words = [
    "Window", "Ingest(", "{", "}", "(", ")", "[", "]", ",", ":", ".", ";", "=", "-", "\"", "\\", "/*", "*/", "//", "\n",
    "\r\n", "\r", "\t", "nil", "true", "let x = ", "import Martlet\n", "0x", "1e", "1_", "99999999999999999999", "-1",
    "\u{200B}", "é", "体", "\u{FEFF}", "\0", "seconds: ", ".sgd(0.1, momentum: 0.9)", "\\u{110000}", "\\(", "\"\"\"",
    "#\"",
  ]

  private func check(_ bytes: [UInt8], _ comment: String) {
    let file = Pipeline.read(bytes: bytes, named: "mutated.swift")
    #expect((file.pipeline != nil) == file.diagnostics.isEmpty, "\(comment)\n\(String(decoding: bytes, as: UTF8.self))")
    #expect(file.rendered.isEmpty == file.diagnostics.isEmpty)
    for diagnostic in file.diagnostics {
      #expect(diagnostic.range.upperBound <= bytes.count && !diagnostic.message.isEmpty, "\(comment)")
    }
    if let pipeline = file.pipeline {
      #expect(Pipeline.read(pipeline.source()).pipeline == pipeline, "\(comment)")
    }
  }

  @Test(arguments: 0..<50)
  func aMutatedFileGivesAPipelineOrADiagnostic(seed: Int) throws {
    var random = SplitMix(seed: seed)
    for name in PipelineFiles.whole {
      for _ in 0..<3 {
        var bytes = try PipelineFiles.bytes(name)
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, using: &random) }
        check(bytes, "seed \(seed), \(name)")
      }
    }
  }

  private func mutate(_ bytes: inout [UInt8], using random: inout SplitMix) {
    let start = Int.random(in: 0..<max(1, bytes.count), using: &random)
    let length = Int.random(in: 1...40, using: &random)
    let range = start..<min(start + length, bytes.count)
    switch Int.random(in: 0...4, using: &random) {
    case 0: bytes.removeSubrange(range)
    case 1: bytes.insert(contentsOf: Self.words.randomElement(using: &random)!.utf8, at: start)
    case 2: bytes.replaceSubrange(range, with: Self.words.randomElement(using: &random)!.utf8)
    case 3: bytes.insert(contentsOf: bytes[range], at: Int.random(in: 0...bytes.count, using: &random))
    default: bytes[start] = UInt8.random(in: 0...255, using: &random)
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
    #expect(file.diagnostics.map(\.message) == ["a pipeline file has at most 262144 bytes, and this one has 262145"])
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
