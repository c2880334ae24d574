import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPCheckTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func problems(_ content: [UInt8]) throws -> [LogProblem] {
    let check = MCAPCheck(
      RandomAccessMemory(content), options: LogReadOptions(), problems: ProblemList(), progress: nil,
      isCancelled: { false })
    try check.run()
    return check.problems.kept
  }

  private func errors(_ content: [UInt8]) throws -> Set<String> {
    Set(try problems(content).filter { $0.severity == .error }.map(\.code))
  }

  private func make(_ adjust: (inout MCAPWriteOptions) -> Void = { _ in }) throws -> [UInt8] {
    let path = folder.file("in.mcap")
    _ = try makeMCAP(path, times: (0..<20).map { $0 * 10 }, adjust) {
      try $0.add(MCAPMetadata(name: "m", entries: ["a": "1"]))
      try $0.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: Array(0..<40))
    }
    return try bytes(of: path)
  }

  @Test func whatIsWrittenHereIsFoundSound() throws {
    for chunkBytes in [nil, 300, 1 << 20] {
      for compression in MCAPCompression.allCases {
        let found = try problems(
          make {
            $0.chunkBytes = chunkBytes
            $0.compression = compression
          })
        #expect(found.isEmpty)
      }
    }
  }

  @Test func everyFlippedByteIsFound() throws {
    let stored = try make { $0.compression = .none }
    for place in stored.indices {
      var damaged = stored
      damaged[place] ^= 0x21
      #expect(try !errors(damaged).isEmpty, "byte \(place) of \(stored.count)")
    }
  }

  @Test func everyCutIsFound() throws {
    let stored = try make()
    for count in stored.indices { #expect(try !errors(Array(stored.prefix(count))).isEmpty, "cut at \(count)") }
    #expect(try errors(stored + [1, 2, 3]) == ["trailingBytes"])
  }

  // MARK: Rules, each broken in a file without checksums

  /// A file of these records, with a true end.
  private func file(_ body: (inout RecordBuilder) -> Void, summary: (inout RecordBuilder) -> Void = { _ in }) -> [UInt8]
  {
    var builder = RecordBuilder()
    builder.bytes = MCAP.magic
    builder.addRecord(.header) {
      $0.add("")
      $0.add("test")
    }
    body(&builder)
    builder.addRecord(.dataEnd) { $0.add(UInt32(0)) }
    let start = builder.bytes.count
    summary(&builder)
    let hasSummary = builder.bytes.count > start
    builder.addRecord(.footer) {
      $0.add(UInt64(hasSummary ? start : 0))
      $0.add(UInt64(0))
      $0.add(UInt32(0))
    }
    return builder.bytes + MCAP.magic
  }

  private func addMessage(_ channel: UInt16, _ time: UInt64, to builder: inout RecordBuilder) {
    builder.addRecord(.message) {
      $0.add(channel)
      $0.add(UInt32(0))
      $0.add(time)
      $0.add(time)
      $0.bytes += Array("{}".utf8)
    }
  }

  private let schema = MCAPSchema(id: 1, name: "s", encoding: "jsonschema", data: Array("{}".utf8))
  private let channel = MCAPChannel(id: 1, schemaID: 1, topic: "/t", messageEncoding: "json")

  private func declare(_ builder: inout RecordBuilder) {
    builder.addSchema(schema)
    builder.addChannel(channel)
  }

  @Test func aMessageBeforeItsChannelIsAnError() throws {
    #expect(try errors(file { addMessage(1, 0, to: &$0) }) == ["unknownChannel"])
    #expect(
      try errors(
        file {
          declare(&$0); addMessage(1, 0, to: &$0)
        }
      ).isEmpty)
  }

  @Test func declarationsThatContradictEachOtherAreErrors() throws {
    var zero = schema
    zero.id = 0
    #expect(try errors(file { $0.addSchema(zero) }) == ["schemaZero"])
    var other = schema
    other.name = "other"
    #expect(
      try errors(
        file {
          declare(&$0); $0.addSchema(other)
        }) == ["schemaDiffers"])
    var moved = channel
    moved.topic = "/other"
    #expect(
      try errors(
        file {
          declare(&$0); $0.addChannel(moved)
        }) == ["channelDiffers"])
    #expect(try errors(file { $0.addChannel(channel) }) == ["schemaMissing"])
    #expect(
      try errors(
        file {
          declare(&$0); declare(&$0)
        }
      ).isEmpty)
  }

  @Test func recordsInTheWrongPlaceAreErrors() throws {
    let statistics: (inout RecordBuilder) -> Void = {
      $0.addRecord(.statistics) { $0.bytes += Array(repeating: 0, count: 46) }
    }
    #expect(try errors(file(statistics)) == ["recordInData"])
    #expect(try errors(file({ declare(&$0) }, summary: { addMessage(1, 0, to: &$0) })).contains("recordInSummary"))
    let index: (inout RecordBuilder) -> Void = { builder in
      builder.addRecord(.messageIndex) {
        $0.add(UInt16(1))
        $0.add(UInt32(0))
      }
    }
    #expect(try errors(file(index)) == ["messageIndexAlone"])
  }

  @Test func theSummaryIsHeldAgainstTheData() throws {
    let body: (inout RecordBuilder) -> Void = {
      declare(&$0); addMessage(1, 7, to: &$0)
    }
    func statistics(_ messages: UInt64, _ time: UInt64, _ schemas: UInt16 = 1) -> (inout RecordBuilder) -> Void {
      { builder in
        builder.addRecord(.statistics) {
          $0.add(messages)
          $0.add(schemas)
          $0.add(UInt32(1))
          $0.add(UInt32(0))
          $0.add(UInt32(0))
          $0.add(UInt32(0))
          $0.add(time)
          $0.add(time)
          $0.add([UInt16(1): messages])
        }
      }
    }
    #expect(try errors(file(body, summary: statistics(1, 7))).isEmpty)
    #expect(try errors(file(body, summary: statistics(2, 7))) == ["messageCountDiffers", "statisticsDiffer"])
    #expect(try errors(file(body, summary: statistics(1, 8))) == ["statisticsDiffer"])
    #expect(try errors(file(body, summary: statistics(1, 7, 2))) == ["statisticsDiffer"])
    var renamed = channel
    renamed.topic = "/u"
    #expect(try errors(file(body, summary: { $0.addChannel(renamed) })) == ["summaryDiffers"])
    #expect(
      try errors(
        file(
          body,
          summary: {
            declare(&$0); $0.addSchema(schema)
          })) == ["summaryOrder"])
  }

  @Test func aChunkIsHeldAgainstItsIndices() throws {
    var records = RecordBuilder()
    declare(&records)
    let first = UInt64(records.bytes.count)
    addMessage(1, 5, to: &records)
    let second = UInt64(records.bytes.count)
    addMessage(1, 9, to: &records)
    func chunked(_ times: ClosedRange<UInt64>, _ entries: [(UInt64, UInt64)], of id: UInt16 = 1) -> [UInt8] {
      file { builder in
        builder.addChunkHeader(
          MCAPChunk(
            startTime: times.lowerBound, endTime: times.upperBound, uncompressedBytes: UInt64(records.bytes.count),
            checksum: 0, compression: "", storedBytes: UInt64(records.bytes.count)))
        builder.bytes += records.bytes
        builder.addRecord(.messageIndex) {
          $0.add(id)
          $0.add(UInt32(entries.count * 16))
          for (time, offset) in entries {
            $0.add(time)
            $0.add(offset)
          }
        }
      }
    }
    #expect(try errors(chunked(5...9, [(5, first), (9, second)])).isEmpty)
    #expect(try errors(chunked(5...8, [(5, first), (9, second)])) == ["chunkTimes"])
    #expect(try errors(chunked(5...9, [(5, first)])) == ["messageIndexDiffers"])
    #expect(try errors(chunked(5...9, [(5, first), (8, second)])) == ["messageIndexDiffers"])
    #expect(try errors(chunked(5...9, [(5, first), (9, .max)])) == ["messageIndexDiffers"])
    #expect(
      try errors(chunked(5...9, [(5, first), (9, second)], of: 2)) == ["messageIndexDiffers", "messageIndexMissing"])
  }

  @Test func messagesThatCannotBeDecodedAreToldOf() throws {
    var proto = channel
    proto.messageEncoding = "protobuf"
    let foreign = try problems(
      file {
        $0.addSchema(schema); $0.addChannel(proto); addMessage(1, 0, to: &$0)
      })
    #expect(
      foreign.map(\.code) == ["noDataChecksum", "undecodableTopic"].reversed()
        || foreign.contains { $0.code == "undecodableTopic" && $0.severity == .note })
    let bad = try errors(
      file { builder in
        declare(&builder)
        builder.addRecord(.message) {
          $0.add(UInt16(1))
          $0.bytes += Array(repeating: 0, count: 20) + Array("{".utf8)
        }
      })
    #expect(bad == ["undecodableMessage"])
  }

  /// Files of the format's own conformance suite: rules that some of its variants leave out are no errors.
  @Test(.enabled(if: External.vectors != nil, "set MARTLET_VECTORS to the folder of outside files"))
  func filesOfOthersAreSound() throws {
    let files = try External.files(in: External.vectors!, suffix: ".mcap")
    #expect(files.count > 100)
    for path in files {
      let file = try #require(try RandomAccessFile(path: path))
      let check = MCAPCheck(
        file, options: LogReadOptions(), problems: ProblemList(), progress: nil, isCancelled: { false })
      try check.run()
      let found = check.problems.kept.filter { $0.severity == .error }
      #expect(found.isEmpty, "\(path): \(found.first?.finding ?? "")")
    }
  }
}
