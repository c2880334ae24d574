import Foundation
import Testing

/// `martlet init` tries what it writes: few windows, values that are missing, damage, people.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct InitTrialTests {
  /// Two axes at 50 Hz that show `a` and `b` in turn.
  ///
  /// - Parameter cell: Writes a value.
  private static func table(
    seconds: Int = 80, stretch: Int = 10, labels: [String] = ["a", "b"], rate: Int = 50,
    _ cell: (_ index: Int, _ axis: Int, _ value: String) -> String = { _, _, value in value }
  ) -> String {
    var text = "time_s,x,y,label\n"
    for index in 0..<seconds * rate {
      let shown = index / (stretch * rate) % labels.count
      let cells = [0, 1].map { axis in
        let value = sin(Double(index) * (shown == 0 ? 0.05 : 0.7) + Double(axis)) * Double(shown + 1)
        return cell(index, axis, "\((value * 1000).rounded() / 1000)")
      }
      text += "\((Double(index) / Double(rate) * 1e6).rounded() / 1e6),\(cells[0]),\(cells[1]),\(labels[shown])\n"
    }
    return text
  }

  private static func run(_ tool: Tool, _ file: String) throws -> Tool.Result {
    try tool.run(
      "run", file, "-q", "--set", "pretrain.epochs=1", "--set", "train.epochs=1", "--output", "run-\(UUID().uuidString)"
    )
  }

  /// The shorter a recording, the smaller the batch.
  @Test(arguments: [20, 40, 80, 400]) func aBatchIsNoLargerThanThereAreWindows(seconds: Int) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(seconds: seconds, stretch: 5), to: "short.csv")
      let made = try tool.run("init", "short.csv")
      #expect(made.status == 0, "\(made)")
      let text = try String(contentsOf: tool.workspace["short.swift"], encoding: .utf8)
      let batch = text.firstMatch(of: /batch: (\d+)/).flatMap { Int($0.1) } ?? 64
      let ran = try Self.run(tool, "short.swift")
      #expect(ran.status == 0, "\(ran)")
      // As many windows as were promised.
      let promised = try #require(made.output.firstMatch(of: /; ([0-9,]+) windows of one label/)).1
      #expect(ran.output.contains("\(promised) windows"), "\(made.output)\n\(ran.output)")
      #expect((seconds < 100) == (batch < 64), "\(text)")
      if batch < 64 {
        #expect(text.contains("In steps of") || text.contains("in steps of \(batch) windows"), "\(text)")
      }
      let refused = try tool.run("run", "short.swift", "-q", "--set", "pretrain.batch=4096", "--output", "no")
      #expect(refused.status == 65 && refused.errors.contains("do not fill one batch of 4096"), "\(refused)")
    }
  }

  @Test func tooFewWindowsAreRefused() throws {
    try withTool { tool in
      // Only a twentieth of the values is there, at the end of every two seconds.
      try tool.workspace.write(
        Self.table(seconds: 100) { index, _, value in index % 100 < 95 ? "" : value }, to: "tiny.csv")
      let result = try tool.run("init", "tiny.csv", "-q")
      #expect(
        result.status == 65 && result.errors.contains("windows were left out for the values in them"), "\(result)")
      #expect(tool.workspace.contents == ["tiny.csv"])
    }
  }

  /// A value that is missing in one frame of fifty would cost nearly every window.
  @Test func missingValuesAreHeldWhereThatSavesWindows() throws {
    try withTool { tool in
      try tool.workspace.write(
        Self.table(seconds: 160) { index, axis, value in (index * 7 + axis * 3) % 50 == 1 ? "" : value }, to: "nan.csv")
      let made = try tool.run("init", "nan.csv")
      #expect(made.status == 0, "\(made)")
      #expect(
        made.output.contains("320 values that are no numbers; for up to 5 frames the value before stands in"),
        "\(made.output)")
      let text = try String(contentsOf: tool.workspace["nan.swift"], encoding: .utf8)
      #expect(text.contains("NonFinite(.hold(upTo: 5))"), "\(text)")
      #expect(try Self.run(tool, "nan.swift").status == 0)
      let refused = try tool.run(
        "run", "nan.swift", "-q", "--output", "no", "--set", "ingest.nonFinite=.rejectWindow")
      #expect(
        refused.status == 65 && refused.errors.contains("windows were left out for the values in them"), "\(refused)")
    }
  }

  @Test func aFewMissingValuesCostAFewWindows() throws {
    try withTool { tool in
      try tool.workspace.write(
        Self.table(seconds: 400) { index, _, value in index == 777 ? "nan" : value }, to: "a.csv")
      let made = try tool.run("init", "a.csv")
      #expect(made.status == 0 && made.output.contains("NonFinite"), "\(made)")
      #expect(try String(contentsOf: tool.workspace["a.swift"], encoding: .utf8).contains("NonFinite(.rejectWindow)"))
    }
  }

  // MARK: What was lost

  @Test func lossesAreToldAndCount() throws {
    try withTool { tool in
      let rows = Self.table(seconds: 200).split(separator: "\n").map(String.init)
      var damaged = rows
      damaged[500] = "10,what,1,a"
      try tool.workspace.write(rows.joined(separator: "\n") + "\n", to: "data/a.csv")
      try tool.workspace.write(damaged.joined(separator: "\n") + "\n", to: "data/b.csv")
      let made = try tool.run("init", "data", "-q")
      #expect(made.status == 3 && made.errors.contains("data/b.csv") && made.errors.contains("'what'"), "\(made)")
      #expect(try Self.run(tool, "data.swift").status == 3)
    }
  }

  @Test(arguments: [
    (
      "Zeit,Ax,label\n12:00:00.000,1,a\n12:00:00.010,1,b\n", ["--time-column", "Zeit"], "(column Zeit: '12:00:00.000')",
      "--rate"
    ),
    ("t\tAx\tlabel\n0\t1,234\ta\n1\t2,345\tb\n", [], "(column Ax: '1,234')", "--decimal comma"),
    ("t,Ax,label\n", [], "holds no frame", "in.csv"),
  ]) func whereEveryRowIsLostTheFirstIsTold(text: String, arguments: [String], says: String, and: String) throws {
    try withTool { tool in
      try tool.workspace.write(text, to: "in.csv")
      let result = try tool.run(["init", "in.csv", "-q"] + arguments)
      #expect(result.status == 65 && result.errors.contains(says) && result.errors.contains(and), "\(result)")
      #expect(!result.errors.contains("labelled"))
    }
  }

  // MARK: Who and when

  @Test func everySentenceStandsAlone() throws {
    try withTool { tool in
      for name in (1...16).map({ "p\($0)" }) {
        try tool.workspace.write(
          Self.table(seconds: 40, labels: ["0", "1"], { index, _, value in index % 37 == 0 ? "0" : value })
            .split(separator: "\n").enumerated().filter { $0.offset % 90 != 5 }.map(\.element).joined(separator: "\n"),
          to: "\(name).csv")
      }
      let made = try tool.run("init", ".", "-o", "folk.swift")
      #expect(made.status == 0, "\(made)")
      #expect(made.output.contains("a pause of up to 100 ms is bridged; no gap is longer"), "\(made.output)")
      #expect(made.output.contains("16 subjects: p1, p10, ") && made.output.contains(" and 4 more"), "\(made.output)")
      #expect(
        made.output.contains("pretraining never sees p6, p7, p8, p9; the device adapts to each"), "\(made.output)")
      #expect(try Self.run(tool, "folk.swift").status == 0)
    }
  }

  /// A step between takes is no gap: the recording keeps its rate.
  @Test func takesAreNoGaps() throws {
    try withTool { tool in
      var text = "time_s,x,y,segment,label\n"
      for (index, row) in Self.table(seconds: 100, rate: 32).split(separator: "\n").dropFirst().enumerated() {
        var cells = row.split(separator: ",").map(String.init)
        cells[0] = "\(Double(index) / 32 + Double(index / 100) * 3)"
        cells.insert("\(index / 100)", at: 3)
        text += cells.joined(separator: ",") + "\n"
      }
      try tool.workspace.write(text, to: "takes.csv")
      let made = try tool.run("init", "takes.csv")
      #expect(made.status == 0 && made.output.contains("the recordings' own rate"), "\(made)")
      #expect(!made.output.contains("Gaps"), "\(made.output)")
      #expect(try Self.run(tool, "takes.swift").status == 0)
    }
  }

  @Test func ratesThatDifferAreBroughtTogether() throws {
    try withTool { tool in
      for (name, rate) in [("a", 26), ("b", 30), ("c", 30)] {
        try tool.workspace.write(Self.table(seconds: 120, rate: rate), to: "d/\(name).csv")
      }
      let made = try tool.run("init", "d")
      #expect(made.status == 0 && made.output.contains("26 Hz (1), 30 Hz (2)"), "\(made)")
      let text = try String(contentsOf: tool.workspace["d.swift"], encoding: .utf8)
      #expect(text.contains("Resample(hertz: 30)") && text.contains("Window(samples: 32, every: 8)"), "\(text)")
      #expect(try Self.run(tool, "d.swift").status == 0)
    }
  }

  @Test func aWindowThatIsShortForAMovementIsNamed() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(seconds: 200, stretch: 1, rate: 100), to: "quick.csv")
      let made = try tool.run("init", "quick.csv")
      #expect(made.status == 0 && made.output.contains("short for movements"), "\(made)")
      #expect(try Self.run(tool, "quick.swift").status == 0)
    }
  }

  /// People each of whom did some of the exercises look like takes; who wants them apart is told how.
  @Test func peopleWithFewLabelsAreToldOf() throws {
    try withTool { tool in
      for (name, labels) in [("ann", ["0", "1"]), ("bob", ["1", "2"]), ("cy", ["2", "3"]), ("dee", ["3", "0"])] {
        try tool.workspace.write(Self.table(seconds: 80, labels: labels), to: "d/\(name).csv")
      }
      let made = try tool.run("init", "d")
      #expect(made.status == 0 && made.output.contains("--hold-out dee"), "\(made)")
      #expect(try tool.run("init", "d", "-q", "-o", "apart.swift", "--hold-out", "dee").status == 0)
      #expect(try Self.run(tool, "apart.swift").status == 0)
    }
  }

  /// What is advised can be done: a search where the last part of one recording is held out.
  @Test func aSearchTakesWhatInitWrites() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(seconds: 300), to: "one.csv")
      let made = try tool.run("init", "one.csv", "--budget", "24KiB")
      #expect(made.status == 0 && made.output.contains("'martlet search'"), "\(made)")
      let found = try tool.run(
        "search", "one.swift", "-q", "--set", "pretrain.epochs=1", "--set", "train.epochs=1", "--evaluations", "2",
        "--output", "found", "--json")
      #expect(found.status == 0, "\(found.errors)")
      #expect(found.output.contains("one, middle") && found.output.contains("one, earlier"), "\(found.output)")
    }
  }
}
