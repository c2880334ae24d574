import Foundation

@testable import SensorLogs

extension FuzzTarget {
  /// MCAP from beginning to end, as frames.
  static let mcapStream = FuzzTarget(name: "mcap-stream", maximumBytes: 8192) {
    try mcapSeeds()
  } check: { input in
    try checkReading(input, mostFrames: 1 << 20, hasChecksums: true) { input in
      var options = LogReadOptions.fuzzing
      options.format = .mcap
      return try SensorLog.open(input, options: options)
    }
  }

  /// MCAP by its index and in order of time, held against the same file from beginning to end.
  static let mcapIndex = FuzzTarget(name: "mcap-index", maximumBytes: 8192) {
    try mcapSeeds()
  } check: { input in
    let linear = try MessageList { options in try MCAPReader(MemoryInput(input), options: options) }
    let indexed = try SeedFiles.inFile(input) { path in
      try MessageList { options in
        options.order = .logTime
        return try MCAPReader(path, options: options)
      }
    }
    guard let linear, let indexed else {
      // What is no MCAP file for one is none for the other.
      return try require(linear == nil && indexed == nil, "only one of two ways opens it")
    }
    if indexed.usedIndex {
      try require(indexed.times == indexed.times.sorted(), "messages are not in order of time")
    }
    if linear.losses.isEmpty, indexed.losses.isEmpty {
      try require(
        linear.digests.sorted() == indexed.digests.sorted(),
        "\(linear.digests.count) messages from beginning to end, \(indexed.digests.count) by the index, nothing lost")
    }
  }

  /// Recovery of a damaged file: what it keeps is what reading finds, and its output is sound.
  static let mcapRecovery = FuzzTarget(name: "mcap-recovery", maximumBytes: 8192) {
    try mcapSeeds()
  } check: { input in
    var options = MCAPRecoveryOptions()
    options.limits = .fuzzing
    try SeedFiles.inFolder(reused: true) { folder in
      let output = "\(folder)/out.mcap"
      let report: MCAPRecoveryReport
      do {
        report = try MCAPRecovery.recover(RandomAccessMemory(input), to: output, options: options)
      } catch let error as LogReadError {
        if case .cannotWrite(let reason) = error.code { throw Finding(description: "cannot write: \(reason)") }
        return
      }
      defer { unlink(output) }
      try check(report, of: input)
      let written = try MessageList { options in try MCAPReader(output, options: options) }
      try require(written?.losses.isEmpty == true, "the recovered file is damaged: \(written?.losses.first as Any)")
      try require(written?.digests.count == report.messages, "the recovered file has other messages")
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
      let again = try MCAPRecovery.recover(RandomAccessMemory(bytes), to: output, options: options)
      try require(again.isComplete && again.messages == report.messages, "recovered again it is another file: \(again)")
    }
  }

  private static func check(_ report: MCAPRecoveryReport, of input: [UInt8]) throws {
    try require(report.inputBytes == input.count && report.bytesLost <= input.count, "\(report.bytesLost) bytes lost")
    var end = 0
    for range in report.lost {
      try require(
        range.start >= end && range.start < range.end && range.end <= input.count,
        "lost bytes \(range.start)..<\(range.end) of \(input.count), behind \(end)")
      end = range.end
    }
    if report.isComplete {
      let linear = try MessageList { options in try MCAPReader(MemoryInput(input), options: options) }
      try require(linear?.digests.count == report.messages, "a complete recovery of other messages than there are")
    }
  }

  static func mcapSeeds() throws -> [[UInt8]] {
    var seeds: [[UInt8]] = []
    for encoding in [MessageEncoding.cdr, .json] {
      seeds.append(
        try SeedFiles.file("a.mcap") {
          $0.encoding = encoding
          $0.chunkBytes = 600
        })
    }
    for compression in [MCAPCompression.none, .lz4] {
      seeds.append(try plainMCAP(compression, chunkBytes: 300))
    }
    seeds.append(try plainMCAP(.none, chunkBytes: nil))
    return seeds
  }

  /// Two topics out of order, an attachment and metadata.
  private static func plainMCAP(_ compression: MCAPCompression, chunkBytes: Int?) throws -> [UInt8] {
    try SeedFiles.inFolder { folder in
      var options = MCAPWriteOptions()
      options.compression = compression
      options.chunkBytes = chunkBytes
      let path = "\(folder)/a.mcap"
      let writer = try MCAPWriter(path, options: options)
      try writer.add(MCAPSchema(id: 1, name: "S", encoding: "jsonschema", data: Array("{}".utf8)))
      for id in [3, 4] as [UInt16] {
        try writer.add(MCAPChannel(id: id, schemaID: 1, topic: "/t\(id)", messageEncoding: "json"))
      }
      for index in 0..<10 as Range<UInt64> {
        let message = MCAPMessage(
          channelID: index % 3 == 0 ? 4 : 3, sequence: UInt32(index), logTime: index ^ 2, publishTime: index)
        try writer.write(message, payload: Array("{\"a\":\(index),\"b\":[1,2.5]}".utf8))
      }
      try writer.add(MCAPMetadata(name: "m", entries: ["k": "v"]))
      try writer.add(
        MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: Array("attached".utf8))
      try writer.finish()
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }
}

/// The messages of a recording.
private struct MessageList {
  var digests: [UInt64] = []
  var times: [UInt64] = []
  var losses = LogLosses()
  var usedIndex = false

  /// nil where the bytes are refused.
  init?(_ open: (inout MCAPReadOptions) throws -> MCAPReader) throws {
    var options = MCAPReadOptions()
    options.limits = .fuzzing
    do {
      let reader = try open(&options)
      while let element = try reader.next() {
        guard case .message(let message) = element else { continue }
        guard let channel = reader.channels[message.channelID] else {
          throw Finding(description: "a message of the undeclared channel \(message.channelID)")
        }
        var digest = WordDigest()
        for byte in channel.topic.utf8 { digest.add(UInt64(byte)) }
        digest.add(UInt64(message.sequence))
        digest.add(message.logTime)
        digest.add(message.publishTime)
        for byte in reader.payload { digest.add(UInt64(byte)) }
        digests.append(digest.value)
        times.append(message.logTime)
        try require(digests.count <= 1 << 20, "messages without an end")
      }
      losses = reader.losses
      usedIndex = reader.usedIndex
      try require(reader.counters.frames == digests.count, "\(reader.counters.frames) messages counted")
      if reader.counters.lostMessages + reader.counters.lostChunks > 0 {
        try require(!losses.isEmpty, "messages are lost without a loss that says why")
      }
    } catch is LogReadError {
      return nil
    }
  }
}
