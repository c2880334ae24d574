import PipelineModel
import PipelineText
import Testing

struct SyntaxTests {
  /// A pipeline whose only varying part is one argument of one stage.
  private func file(
    augment: String = "[]", path: String = "\"a\"", rate: String = "0.1", prefix: String = "import Martlet\n"
  )
    -> PipelineFile
  {
    Pipeline.read(
      prefix + """
        let p = Pipeline("p") {
          Ingest(\(path)) {
            Read(.csv, "*.csv")
            Subjects()
            Labels()
            Window(samples: 8)
            Split(holdOut: ["b"])
          }
          Model { Conv1D(4, kernel: 3); GlobalAveragePool(); Dense(.classes) }
          Pretrain(optimizer: .adam(\(rate)), augment: \(augment))
          Evaluate { Accuracy() }
        }

        """)
  }

  @Test(arguments: [
    ("0.5", 0.5), ("1", 1), ("1_000", 1000), ("0x10", 16), ("0o17", 15), ("0b101", 5), ("1e-3", 0.001), ("1E3", 1000),
    ("2.5e-4", 0.00025), ("1_0.2_5", 10.25), ("007", 7),
  ])
  func numbersAreReadAsSwiftReadsThem(text: String, value: Double) {
    #expect(file(rate: text).pipeline?.pretrain?.optimizer.learningRate == value)
  }

  @Test(arguments: [
    "1.", "1.e5", "0x", "0xG", "1__e", "_1", "1e", "1e400", "0b2", "--1", "- 1", "+1", ".5", "1a", "0x1.8",
  ])
  func whatIsNoNumberInSwiftIsRefused(text: String) {
    #expect(file(rate: text).pipeline == nil)
    #expect(!file(rate: text).diagnostics.isEmpty)
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""a\"b""#, "a\"b"), (#""a\\b""#, "a\\b"), (#""\u{e9}\u{1F45F}""#, "é👟"),
    (#""a'b\'c""#, "a'b'c"),
    ("\"体操/é\"", "体操/é"), (#""$HOME/x""#, "$HOME/x"),
  ])
  func stringsAreReadAsSwiftReadsThem(text: String, value: String) {
    #expect(file(path: text).pipeline?.ingest?.path == value)
  }

  @Test(arguments: [
    #""\q""#, #""\u{}""#, #""\u{110000}""#, #""\u{d800}""#, #""\u{123456789}""#, #""\(x)""#, "\"a\nb\"", "'a'",
    "\"\"\"\na\n\"\"\"", "#\"a\"#",
  ])
  func whatIsNoStringHereIsRefused(text: String) {
    #expect(file(path: text).pipeline == nil)
    #expect(!file(path: text).diagnostics.isEmpty)
  }

  @Test(arguments: [
    "import Martlet\n", "import Martlet;", "\u{FEFF}import Martlet\n", "// a\r\nimport Martlet\r\n",
    "/* a /* b */ */ import Martlet\n",
    "import Martlet\n/// Doc.\n", "\n\n\timport Martlet\r", "import Martlet\nimport Martlet\n",
  ])
  func spaceAndCommentsAreFree(prefix: String) {
    #expect(file(prefix: prefix).rendered == "")
    #expect(file(prefix: prefix).pipeline != nil)
  }

  @Test(arguments: [
    "[.jitter(0.1)]", "[.jitter(0.1),]", "[\n.jitter(\n0.1\n)\n]", "[ .jitter ( 0.1 ) ]",
    "[.jitter(0.1 /* a */)] // b\n",
  ])
  func layoutIsFree(text: String) {
    #expect(file(augment: text).pipeline?.pretrain?.augment == [.jitter(0.1)])
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func placesAreCountedAsTheSwiftCompilerCounts(lineEnd: String) throws {
    let text = ["import Martlet", "let p = Pipeline(\"p\") {", "\t/* é体 */ Reprot()", "}"].joined(separator: lineEnd)
    let file = Pipeline.read(text, named: "a.swift")
    let diagnostic = try #require(file.diagnostics.first { $0.message.contains("Reprot") })
    let position = file.source.position(of: diagnostic.range.lowerBound)
    // A tab is one column, é two bytes, 体 three.
    #expect(position.line == 3 && position.column == 1 + 1 + 3 + 5 + 4)
    #expect(
      file.rendered.contains(
        "a.swift:3:14: error: 'Pipeline' has no stage 'Reprot'\n3 | \t/* é体 */ Reprot()\n  | \t          `- did you mean 'Report'?\n"
      ))
  }

  @Test func aFileThatIsNotUTF8IsRefusedAtTheByte() throws {
    let bytes = Array("import Martlet\n// \u{e9}".utf8).dropLast() + [0xFF]
    let file = Pipeline.read(bytes: Array(bytes), named: "a.swift")
    #expect(file.rendered.hasPrefix("a.swift:2:4: error: invalid UTF-8\n"))
  }

  @Test func controlCharactersOfAFileDoNotReachTheTerminal() {
    let file = Pipeline.read(
      "import Martlet\nlet p = Pipeline(\"\u{1B}[2J\u{202E}\", sed: 1) {}", named: "a\u{1B}.swift")
    #expect(!file.rendered.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    #expect(file.rendered.contains("did you mean 'seed:'?"))
  }

  @Test func aLongLineIsCutAroundTheMistake() {
    let list = (0..<5000).map { "\"s\($0)\"" }.joined(separator: ", ")
    let file = file(path: "\"a\", \(list)")
    #expect(file.rendered.split(separator: "\n").allSatisfy { $0.count < 300 })
  }

  @Test(arguments: [
    "Pipeline", "let p = Pipeline(\"p\")", "let p: Pipeline = 3", "let = Pipeline(\"p\") {}", "let p Pipeline",
    "let p = Pipline(\"p\") {}",
    "let p = Pipeline(\"p\") {} {}", "let p = Pipeline(\"p\") {} trailing", "func f() {}", "}",
    "let p = Pipeline(\"p\")\n(\"x\") {}",
  ])
  func aFileWithoutOneWholePipelineIsRefused(text: String) {
    let file = Pipeline.read("import Martlet\n" + text)
    #expect(file.pipeline == nil)
    #expect(!file.diagnostics.isEmpty)
  }
}
