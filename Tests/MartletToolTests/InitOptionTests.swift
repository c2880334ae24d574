import Foundation
import Testing

/// What `martlet init` was told about recordings stands in the pipeline that it writes, which reads them as it did.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct InitOptionTests {
  private static let shown = ["rest", "shake", "turn"]

  /// Two axes at 100 Hz that show one of three things for some seconds each, again and again.
  ///
  /// - Parameters:
  ///   - heading: `#` is the place of nothing: cells are `time`, `ax`, `ay` and those that `row` adds.
  private static func table(
    _ heading: String, seconds: Int = 63, step: Double? = 0.01, separator: String = ",", only: Int? = nil,
    _ row: (_ index: Int, _ class: Int) -> [String] = { _, shown in [Self.shown[shown]] }
  ) -> String {
    var text = heading + "\n"
    for index in 0..<seconds * 100 {
      let shown = only ?? index / 700 % 3
      let phase = Double(index) * [0.02, 0.9, 0.25][shown]
      let values = [0, 1].map { (sin(phase + Double($0)) * [0.1, 2, 1][shown] * 1000).rounded() / 1000 }
      let time = step.map { "\((Double(index) * $0 * 1e6).rounded() / 1e6)" }
      text +=
        ((time.map { [$0] } ?? []) + values.map { "\($0)" } + row(index, shown)).joined(separator: separator) + "\n"
    }
    return text
  }

  /// Every seven seconds another label.
  private static func intervals(_ from: (Int) -> String, heading: String = "start,end,label") -> String {
    heading + "\n" + (0..<9).map { "\(from($0 * 7)),\(from($0 * 7 + 7)),\(shown[$0 % 3])\n" }.joined()
  }

  struct Carried: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let files: [String: String]
    /// What the pipeline says.
    let says: [String]
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String, _ files: [String: String], says: String...) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.files = files
      self.says = says
    }
  }

  private static let plain = table("time_s,ax,ay") { _, _ in [] }

  @Test(arguments: [
    Carried(
      "walk.csv --labels walk.ann.csv", ["walk.csv": plain, "walk.ann.csv": intervals { "\($0)" }],
      says: "Labels(from: .intervals(\"walk.ann.csv\")"),
    Carried(
      "data/walk.csv --labels notes/walk.csv --label-clock start",
      ["data/walk.csv": table("time_s,ax,ay", step: 0.01) { _, _ in [] }, "notes/walk.csv": intervals { "\($0)" }],
      says: ".intervals(\"../notes/walk.csv\", counting: .sinceStart)"),
    Carried(
      "walk.csv --labels walk.ann.csv --label-clock frames",
      ["walk.csv": plain, "walk.ann.csv": intervals { "\($0 * 100)" }], says: "counting: .frames"),
    Carried(
      "walk.csv --labels events.csv --label-tolerance 3.5",
      [
        "walk.csv": plain,
        "events.csv": "time,label\n" + (0..<9).map { "\(Double($0 * 7) + 3.5),\(shown[$0 % 3])\n" }.joined(),
      ], says: "Labels(from: .events(\"events.csv\", tolerance: 3.5)"),
    Carried(
      ". --labels *.ann.csv",
      [
        "a.csv": plain, "b.csv": plain, "a.ann.csv": intervals { "\($0)" }, "b.ann.csv": intervals { "\($0)" },
      ], says: "Labels(from: .intervals(\"*.ann.csv\")", "Read(.csv, \"a.csv\"", "Read(.csv, \"b.csv\""),
    Carried(
      "rest.csv shake.csv turn.csv --label-from-name",
      Dictionary(
        uniqueKeysWithValues: (0..<3).map { place in
          ("\(shown[place]).csv", table("time_s,ax,ay", seconds: 21, only: place) { _, _ in [] })
        }), says: "Labels(from: .fileName"),
    Carried(
      "walk.csv --time-column T --time-unit milliseconds", ["walk.csv": table("T,ax,ay,label", step: 10)],
      says: "time: .column(\"T\")", "timeUnit: .milliseconds", "Resample(hertz: 100)"),
    Carried(
      "walk.csv --time-unit milliseconds", ["walk.csv": table("time,ax,ay,label", step: 10)],
      says: "timeUnit: .milliseconds", "Resample(hertz: 100)"),
    Carried(
      "walk.csv --label-column mood --segment-column take",
      ["walk.csv": table("time_s,ax,ay,take,mood") { index, shown in ["\(index / 2100)", Self.shown[shown]] }],
      says: "column: \"mood\"", "Segments(column: \"take\")"),
    Carried(
      "walk.csv --rate 100", ["walk.csv": table("ax,ay,label", step: nil)], says: "hertz: 100"),
    Carried(
      "walk.csv --channels ay", ["walk.csv": table("time_s,ax,ay,label")], says: "channels: [\"ay\"]"),
    Carried(
      "walk.csv --decimal comma",
      ["walk.csv": table("time_s,ax,ay,label", separator: ";").replacing(",", with: ";").replacing(".", with: ",")],
      says: "decimal: .comma"),
    Carried(
      "walk.csv",
      ["walk.csv": table("time_s,ax,ay,label", separator: ";").replacing(",", with: ";").replacing(".", with: ",")],
      says: "Read(.csv, \"walk.csv\", channels: [\"ax\", \"ay\"])"),
    Carried(
      "walk.csv --columns time_s,ax,ay,label",
      ["walk.csv": table("time_s,ax,ay,label").split(separator: "\n").dropFirst().joined(separator: "\n")],
      says: "columns: [\"time_s\", \"ax\", \"ay\", \"label\"]"),
    Carried(
      "walk.csv", ["walk.csv": table("time_s   ax ay label", separator: "   ")],
      says: "Read(.csv, \"walk.csv\", channels: [\"ax\", \"ay\"])"),
    Carried(
      "walk.csv --label-names Rest,Shake,Turn",
      ["walk.csv": table("time_s,ax,ay,label") { _, shown in ["\(shown)"] }],
      says: "names: [\"Rest\", \"Shake\", \"Turn\"]"),
    Carried(
      "walk.csv",
      [
        "walk.csv": table("time_s,ax,ay,label") { _, shown in ["\(shown)"] },
        "labels.json": #"{"-1": "none", "0": "Rest", "1": "Shake", "2": "Turn", "3": "Fall"}"#,
      ], says: "names: [\"Rest\", \"Shake\", \"Turn\"]", "names from labels.json"),
  ]) func whatWasSaidIsRead(_ carried: Carried) throws {
    try withTool { tool in
      for (name, text) in carried.files { try tool.workspace.write(text, to: name) }
      try Self.expectRuns(tool, ["init"] + carried.arguments, says: carried.says)
    }
  }

  /// The same recording in formats that have options of their own.
  @Test(arguments: [
    (
      "walk.bin",
      [
        "--raw-output", "time:uint32[ms],skip:1,ax:int16*0.001,ay:int16*0.001,label:int8", "--label-names",
        "rest,shake,turn",
      ],
      ["--raw", "time:uint32[ms],skip:1,ax:int16*0.001,ay:int16*0.001,label:int8"],
      [".raw,", "\"walk.bin\"", ".time(.uint32, .milliseconds)", ".skip(bytes: 1)", ".label(.int8)"]
    ),
    ("walk.mcap", [], ["--time", "publish"], ["time: .publish"]),
    ("walk.mcap", [], ["--topic", "/frames"], ["topic: \"/frames\""]),
    ("walk.mcap", [], ["--label-topic", "/label"], ["topic: \"/label\""]),
    ("walk.hea", [], ["--annotations", "untilNext"], ["annotations: .untilNext"]),
  ]) func optionsOfOtherFormatsStayToo(
    output: String, converting: [String], reading: [String], says: [String]
  ) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table("time_s,ax,ay,label"), to: "in.csv")
      let converted = try tool.run(["convert", "in.csv", output, "-q"] + converting)
      try #require(converted.status == 0, "\(converted.errors)")
      var reading = reading
      if let place = reading.firstIndex(of: "/frames") {
        let info = try tool.run("info", "--json", output)
        let found = try #require(info.output.firstMatch(of: /"frameTopic" ?: ?"([^"]*)"/), "\(info.output)")
        reading[place] = String(found.1).replacing("\\/", with: "/")
      }
      try Self.expectRuns(
        tool, ["init", output] + reading, says: says.map { $0.replacing("/frames", with: reading[1]) })
    }
  }

  /// Bytes without a description have their rate, order and beginning from the command line.
  @Test func rawFramesStayAsTheyWereDescribed() throws {
    try withTool { tool in
      var bytes = Data("head".utf8)
      for index in 0..<6300 {
        let shown = index / 700 % 3
        let value = Int(sin(Double(index) * [0.02, 0.9, 0.25][shown]) * 1000)
        bytes.append(contentsOf: [
          UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value), UInt8(shown),
        ])
      }
      try bytes.write(to: tool.workspace["walk.bin"])
      try Self.expectRuns(
        tool,
        [
          "init", "walk.bin", "--raw", "ax:int16*0.001,label:int8", "--rate", "100", "--byte-order", "big",
          "--skip-bytes",
        ]
          + ["4"], says: ["byteOrder: .big", "skipBytes: 4", "hertz: 100", "scale: 0.001"])
    }
  }

  /// Writes a pipeline, looks at it and runs it.
  private static func expectRuns(_ tool: Tool, _ arguments: [String], says: [String]) throws {
    let made = try tool.run(arguments + ["-q", "-o", "made.swift"])
    try #require(made.status == 0, "\(made.errors)")
    let text = try String(contentsOf: tool.workspace["made.swift"], encoding: .utf8)
    for part in says { #expect(text.contains(part), "\(part) in\n\(text)") }
    #expect(text.contains("Pipeline(\"made\""))
    let ran = try tool.run(
      "run", "made.swift", "-q", "--set", "pretrain.epochs=1", "--set", "train.epochs=1", "--output", "run")
    #expect(ran.status == 0, "\(ran.errors)\n\(text)")
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    let says: String
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String, _ status: Int32, _ says: String) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.status = status
      self.says = says
    }
  }

  @Test(arguments: [
    Refused("walk.csv --sds-metadata x.sds.yml", 64, "beside an SDS recording"),
    Refused("walk.csv --annotator ecg", 64, "annotations that end in .atr"),
    Refused("walk.csv --signing-key-file key", 64, "verifies no signature"),
    Refused("walk.csv --window-log 28", 64, "martlet convert"),
    Refused("walk.csv --maximum-decoded 1MiB", 64, "martlet cut"),
    Refused("walk.csv --annotations untilNext", 65, "--annotations says nothing about csv recordings"),
    Refused("walk.csv --time publish", 65, "--time says nothing about csv recordings"),
    Refused("walk.mcap --rate 100", 65, "--rate says nothing about mcap recordings"),
    Refused("walk.mcap --time-column t", 65, "--time-column says nothing about mcap recordings"),
    Refused("walk.mcap --decimal comma", 65, "--decimal says nothing about mcap recordings"),
    Refused("walk.csv --label same", 65, "at least two labels"),
    Refused("walk.csv --label-names a,b,c", 65, "--label-names is for labels that are numbers"),
    Refused("numbers.csv --label-names a,b", 65, "--label-names gives 2 names"),
    Refused("a.csv b.csv --hold-out a,b", 65, "--hold-out names every subject"),
    Refused("walk.csv --labels there-is-none.csv", 66, "there-is-none.csv"),
  ]) func whatNoPipelineCanSayIsRefused(_ refused: Refused) throws {
    try withTool { tool in
      let table = Self.table("time_s,ax,ay,label")
      for name in ["walk.csv", "a.csv", "b.csv"] { try tool.workspace.write(table, to: name) }
      try tool.workspace.write(
        Self.table("time_s,ax,ay,label") { _, shown in ["\(shown)"] }, to: "numbers.csv")
      try tool.workspace.write("secret", to: "key")
      #expect(try tool.run("convert", "walk.csv", "walk.mcap", "-q").status == 0)
      let result = try tool.run(["init"] + refused.arguments + ["-q", "-o", "made.swift"])
      #expect(result.status == refused.status && result.errors.contains(refused.says), "\(result)")
      #expect(!tool.workspace.contents.contains("made.swift"))
    }
  }
}
