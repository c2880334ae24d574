import Foundation
import Martlet
import Testing

struct IngestValueTests {
  @Test(arguments: [
    ("s08_exp15.csv.zst", "s08"), ("s10.csv", "s10"), ("left-arm.csv", "left"), ("_x.csv", ""), ("", ""),
  ])
  func theSubjectIsTheStartOfTheFileName(file: String, subject: String) {
    #expect(SubjectSource.fileName.subject(ofFileNamed: file) == subject)
  }

  @Test func theSubjectIsAPrefixOrGiven() {
    #expect(SubjectSource.fileNamePrefix(2).subject(ofFileNamed: "ab_c") == "ab")
    #expect(SubjectSource.fileNamePrefix(9).subject(ofFileNamed: "ab") == "ab")
    #expect(SubjectSource.firstNumber.subject(ofFileNamed: "IR007_0.csv.zst") == "007")
    #expect(SubjectSource.firstNumber.subject(ofFileNamed: "12.csv") == "12")
    #expect(SubjectSource.firstNumber.subject(ofFileNamed: "normal.csv").isEmpty)
    #expect(SubjectSource.constant("x").subject(ofFileNamed: "ab") == "x")
  }

  @Test func aLeadingVariableIsReplaced() throws {
    let environment = ["DATA": "/data", "D_2": "d", "EMPTY": ""]
    #expect(try resolvingEnvironment("$DATA/HAPT9", in: environment) == "/data/HAPT9")
    #expect(try resolvingEnvironment("${DATA}x", in: environment) == "/datax")
    #expect(try resolvingEnvironment("$D_2", in: environment) == "d")
    #expect(try resolvingEnvironment("plain/$DATA", in: environment) == "plain/$DATA")
    #expect(try resolvingEnvironment("", in: environment) == "")
    for path in ["$NONE/x", "${NONE}", "$EMPTY/x"] {
      #expect(throws: UnknownEnvironmentVariable.self) { try resolvingEnvironment(path, in: environment) }
    }
  }

  @Test func aWindowIsAWholeNumberOfSamples() {
    let window = Window(seconds: 2.56, every: 0.64)
    #expect(window.lengthSamples(atHertz: 50) == 128 && window.hopSamples(atHertz: 50) == 32)
    #expect(window.lengthSamples(atHertz: nil) == nil)
    #expect(Window(seconds: 2.55).lengthSamples(atHertz: 50) == nil)
    #expect(Window(seconds: 0.001).lengthSamples(atHertz: 50) == nil)
    #expect(Window(seconds: .nan).lengthSamples(atHertz: 50) == nil)
    #expect(Window(seconds: 1e300).lengthSamples(atHertz: 1e300) == nil)
    #expect(Window(samples: 10).hopSamples(atHertz: nil) == 10)
    #expect(Window(samples: 10, every: 5).hopSamples(atHertz: 3) == 5)
    #expect(Window(samples: 0).lengthSamples(atHertz: nil) == 0)
  }

  @Test func readingTakesTheUsualClockOfItsFormat() {
    #expect(Read(.csv, "*").effectiveTime == .column("time_s"))
    #expect(Read(.mcap, "*").effectiveTime == .log)
    #expect(Read(.csv, "*", hertz: 50).effectiveTime == nil)
    #expect(Read(.wfdb, "*.hea").effectiveTime == nil)
    #expect(Read(.mcap, "*", time: .field("header.stamp")).effectiveTime == .field("header.stamp"))
  }

  /// What only tables have is refused for other formats, and is written as it is read.
  @Test func unitsOfTimeAndDecimalCommasAreOfTables() throws {
    func issues(_ read: Read) -> [String] {
      var pipeline = mcu1d
      guard case .ingest(var ingest) = pipeline.stages[0] else { return [] }
      ingest.steps[0] = read.ingestStep
      pipeline.stages[0] = .ingest(ingest)
      return pipeline.issues().map(\.message)
    }
    let table = Read(
      .tsv, "*.txt", channels: mcu1d.ingest?.reads.first?.channels, time: .column("T"), timeUnit: .milliseconds,
      decimal: .comma)
    #expect(issues(table) == [])
    for format in [RecordingFormat.edf, .sds, .wfdb, .edgeImpulse] {
      var other = Read(format, "*")
      other.channels = table.channels
      other.timeUnit = .milliseconds
      other.decimal = .comma
      other.columns = ["a", "b"]
      let found = issues(other)
      #expect(found.count == 3 && found.contains { $0.contains("Read(timeUnit:)") }, "\(found)")
      #expect(found.contains { $0.contains("'Read(decimal:)' cannot be .comma") }, "\(found)")
    }
    #expect(
      issues(
        {
          var read = table; (read.format, read.time, read.decimal) = (.mcap, nil, nil); return read
        }()) == [])
  }

  /// The matrices that `mcu1d-rotated` turns its wearers by are rotations, one for each of them.
  @Test func theRotationsOfTheReferenceRunAreRotations() throws {
    let ingest = try #require(mcu1dRotated.ingest)
    let file = try #require(ingest.rotate?.matrices)
    let data = try Data(contentsOf: PipelineFiles.root.appending(path: file))
    let matrices = try JSONDecoder().decode([String: [[Double]]].self, from: data)
    #expect(Set(matrices.keys) == Set(ingest.split?.holdOut ?? []))
    for (subject, rows) in matrices {
      try #require(rows.count == 3 && rows.allSatisfy { $0.count == 3 })
      for i in 0..<3 {
        for j in 0..<3 {
          let product = (0..<3).reduce(0) { $0 + rows[i][$1] * rows[j][$1] }
          // Double precision leaves a few units in the last place.
          #expect(abs(product - (i == j ? 1 : 0)) < 1e-14, "\(subject)")
        }
      }
      let (a, b, c) = (rows[0], rows[1], rows[2])
      let determinant =
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
      #expect(abs(determinant - 1) < 1e-14, "\(subject)")
    }
  }
}
