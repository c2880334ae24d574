import Testing

@testable import SensorLogs

/// Tables with decimal commas, runs of spaces, and without a heading.
@Suite struct RewrittenRowTests {
  private let points = "time_s;ax;ay;label\n0.5;0.25;-1;a, b\n1.5;10;2.5e-1;c\n2.5;;nan;a, b\n"
  private let commas = "time_s;ax;ay;label\n0,5;0,25;-1;a, b\n1,5;10;2,5e-1;c\n2,5;;nan;a, b\n"

  private func options(_ decimal: DecimalSeparator?) -> LogReadOptions {
    var options = LogReadOptions()
    options.decimal = decimal
    return options
  }

  /// Also in tables of tabs, with line breaks of two bytes and without a last one.
  @Test(arguments: [";", "\t"], ["\n", "\r\n"]) func aCommaIsFoundOutAndReadAsAPoint(
    delimiter: String, lineBreak: String
  ) throws {
    let written = { (text: String) in
      text.replacingOccurrences(of: ";", with: delimiter).split(separator: "\n").joined(separator: lineBreak)
    }
    let expected = try read(written(points))
    #expect(expected.frameCount == 3 && expected.losses.isEmpty && expected.labels == ["a, b", "c", "a, b"])
    #expect(try read(written(commas)) == expected)
    #expect(try read(written(commas), options: options(.comma)) == expected)
    #expect(try read(written(commas), options: options(.point)).losses.total == 3)
  }

  @Test(arguments: 1...48) func framesDoNotDependOnHowTheBytesArrive(pieceBytes: Int) throws {
    let text = commas + "3,5;1,0;2,0;c\n4,5;12,5;-0,5;c"
    let whole = try read(text)
    #expect(whole.frameCount == 5)
    #expect(try read(Array(text.utf8), pieceBytes: pieceBytes) == whole)
    #expect(try read(zstd(Array(text.utf8)), pieceBytes: pieceBytes) == whole)
  }

  /// A number without a fraction does not tell, and one that may be a thousand and more does not either.
  @Test func onlyARowThatTellsDecides() throws {
    let heading = "t\ta\tb\n"
    let late = try read(heading + "0\t1\t2\n1\t-3\t\n2\t0,5\t2\n3\t1,234\t-5,5\n")
    #expect(late.doubles.filter { !$0.isNaN } == [1, 2, -3, 0.5, 2, 1.234, -5.5] && late.losses.isEmpty)
    let thousands = try read(heading + "0\t1,234\t2\n1\t5,678\t2\n")
    #expect(thousands.frameCount == 0 && thousands.losses.countsByCode == [.badCell: 2])
    let settled = try read(heading + "0\t1.5\t2\n1\t0,5\t2\n")
    #expect(settled.doubles == [1.5, 2] && settled.losses.countsByCode == [.badCell: 1])
    #expect(try read(heading + "0\t1,234\t2\n", options: options(.comma)).doubles == [1.234, 2])
  }

  /// Rows that never tell are looked at only for so long.
  @Test func wholeNumbersAreReadWhateverStandsBehindThem() throws {
    let rows = (0..<3000).map { "\($0)\t\($0 * 2)\n" }.joined()
    let recording = try read("t\ta\n" + rows + "3000\t0.5\n3001\t0,5\n")
    #expect(recording.frameCount == 3001 && recording.doubles.suffix(2) == [5998, 0.5])
    #expect(recording.losses.countsByCode == [.badCell: 1])
  }

  @Test func aCommaCannotSeparateCellsAndFractions() throws {
    #expect {
      try read("time_s,a\n0,1\n", options: options(.comma))
    } throws: { "\($0)".contains("separated by commas") }
    #expect(try read("time_s,a,b\n0,0,25\n").doubles == [0, 25])
  }

  @Test func calendarTimesMayHaveOneToo() throws {
    let recording = try read("time;a\n2026-03-01 12:00:00,250;0,5\n2026-03-01 12:00:00,750;1,5\n")
    #expect(recording.times.count == 2 && recording.times[1] - recording.times[0] == 500_000_000)
  }

  @Test func hostileRowsAreCountedAndNothingElse() throws {
    let long = String(repeating: "9", count: 5000)
    let recording = try read("t;a;b\n0;0,5;1,5\n1;,;,\n2;0,5\n3;0,5;1;2\n4;1,2,3;1\n5;\(long),5;1\n6;0,5;1,5")
    #expect(recording.frameCount == 3)
    #expect(recording.losses.countsByCode == [.badCell: 2, .shortRow: 1, .longRow: 1])
  }

  @Test func cellsMayHaveAnyNumberOfSpacesBetweenThem() throws {
    let plain = try read("time,ax,ay,label\n0,0.5,-1,walk\n0.5,10,2.5e-1,\"no walk\"\n")
    #expect(plain.frameCount == 2)
    #expect(try read("time ax  ay label\n0 0.5   -1  walk\n  0.5 10 2.5e-1 \"no walk\"  \r\n") == plain)
    #expect(try read("  time  ax ay label\n0 0,5 -1 walk\n0,5 10 2,5e-1 \"no walk\"") == plain)
    // A column of one name is still one.
    var options = options(nil)
    options.rateHz = 50
    #expect(try read("Acc X\n1\n2\n", options: options).channels.map(\.name) == ["Acc X"])
    // No more is a name with a unit behind it a second one.
    #expect(throws: LogReadError.self) { try read("time (s)\n1\n2\n") }
    #expect(try read("time a\n0 1\n1\n2 3 4\n").losses.countsByCode == [.shortRow: 1, .longRow: 1])
  }

  @Test(arguments: [",", ";", "\t", "  "]) func aTableWithoutAHeadingIsReadByTheNamesOfItsColumns(
    delimiter: String
  ) throws {
    var options = options(nil)
    options.columns = ["time_s", "ax[g]", "ay", "label"]
    let rows = "0,0.5,1,walk\n1,-2,3.5,run\n"
    let expected = try read("time_s,ax[g],ay,label\n" + rows)
    let found = try read(rows.replacingOccurrences(of: ",", with: delimiter), options: options)
    #expect(found == expected && found.frameCount == 2)
    options.columns = ["time_s", "a"]
    #expect {
      try read(rows, options: options)
    } throws: { "\($0)".contains("2 columns are named, and the first row has 4 cells") }
  }

  @Test func filesOfLabelsMayHaveThemToo() throws {
    var file = try LabelFile(
      MemoryInput(Array("start;end;label\n0,5;1,5;walk\n1,5;2;stand\n".utf8)), position: .time, options: .init())
    let track = try file.intervals()
    #expect(track.losses.isEmpty && track.names == ["walk", "stand"])
  }
}
