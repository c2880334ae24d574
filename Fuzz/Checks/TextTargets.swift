@testable import SensorLogs

extension FuzzTarget {
  /// CSV, TSV and semicolons, plain or compressed.
  static let table = FuzzTarget(name: "table", maximumBytes: 4096) {
    let rows = "0.00,1,-2.5e-3,walk,0\r\n0.01,nan,\"4\",\"a \"\"b\"\"\",0\n\n0.02,,+7.25,,1\n0.03,x,1\n"
    var seeds = ["time_s,acc_x (g),y,label,segment\n" + rows].map { [0] + Array($0.utf8) }
    seeds.append([0] + Array("t;x\n1700000000000;1,5\n1700000000010;2.5\n".utf8))
    seeds.append([0] + Array("timestamp\tx\ty\n2024-02-29T12:00:00.25Z\t1\t2\n2024-02-29 12:00:01\t3\t4\n".utf8))
    seeds.append([1] + Array("x,y\n1,2\n3,4\n12345678901234567890,0.000000000000000001\n1e400,-1e-400".utf8))
    seeds.append([2] + Array("time_ms,a,b\n1,2,3\n4,5,6\n".utf8))
    for compression in [LogCompression.zstd, .gzip, .lz4] {
      seeds.append([0] + (try SeedFiles.compressed(Array(("time_ms,a,b\n" + "1,2,3\n4,5,6\n").utf8), compression)))
    }
    return seeds
  } check: { input in
    let (choice, bytes) = input.choiceAndRest
    var options = LogReadOptions.fuzzing
    options.format = .csv
    if choice & 1 != 0 { options.rateHz = 50 }
    if choice & 2 != 0 { options.channels = ["a"] }
    if choice & 4 != 0 { options.maximumLineBytes = 40 }
    if choice & 8 != 0 { options.delimiter = "|" }
    let reading = try checkReading(bytes, mostFrames: rows(bytes, options)) { input in
      try SensorLog.open(input, options: options)
    }
    guard reading.refusal == nil, LogCompression.recognized(bytes) == nil else { return }
    let rows = lines(bytes).dropFirst().count { line in
      // Only one carriage return belongs to the line break.
      !(line.isEmpty || line.elementsEqual([13]))
    }
    try require(
      reading.frames.count + reading.counters.lostRows == rows,
      "\(reading.frames.count) frames and \(reading.counters.lostRows) lost rows of \(rows)")
  }

  static let jsonLines = FuzzTarget(name: "jsonl", maximumBytes: 4096) {
    var seeds: [[UInt8]] = [
      "{\"t\":0.5,\"acc\":{\"x\":1,\"y\":[2,3e-5]},\"label\":\"walk\"}\n{\"t\":0.75,\"acc\":{\"x\":null,\"y\":[NaN,-3]}}\n",
      "{\"time_ms\":1700000000000,\"a\":1,\"segment\":2}\r\n\r\n{\"a\":1,\"a\":2,\"time_ms\":1700000000001}\n{\"b\":1}\n[]\n",
      "{\"t\":1,\"a\":true,\"b\":\"\\u00e9\\ud83d\\ude00\\n\",\"label\":7}\n{\"t\":2,\"a\":false}",
      "{\"timestamp\":\"2024-02-29T12:00:00.25Z\",\"a\":[[1,2],[3,4]]}\n",
    ].map { [0] + Array($0.utf8) }
    seeds.append([1] + Array("{\"a\":1}\n{\"a\":2}\n".utf8))
    seeds.append([0] + (try SeedFiles.compressed(Array("{\"t\":1,\"a\":1}\n{\"t\":2,\"a\":2}\n".utf8), .zstd)))
    return seeds
  } check: { input in
    let (choice, bytes) = input.choiceAndRest
    var options = LogReadOptions.fuzzing
    options.format = .jsonLines
    if choice & 1 != 0 { options.rateHz = 50 }
    if choice & 2 != 0 { options.channels = ["a", "acc.x"] }
    if choice & 4 != 0 { options.maximumLineBytes = 60 }
    let reading = try checkReading(bytes, mostFrames: rows(bytes, options)) { input in
      try SensorLog.open(input, options: options)
    }
    guard reading.refusal == nil, LogCompression.recognized(bytes) == nil else { return }
    let rows = lines(bytes).count { line in
      line.withUnsafeBytes { $0.count > options.maximumLineBytes || !JSONLineSurvey.content(of: $0).isEmpty }
    }
    try require(
      reading.frames.count + reading.counters.lostRows == rows,
      "\(reading.frames.count) frames and \(reading.counters.lostRows) lost lines of \(rows)")
  }

  /// What stands between line breaks, and behind the last one if anything does.
  private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func rows(_ bytes: [UInt8], _ options: LogReadOptions) -> Int {
    LogCompression.recognized(bytes) == nil ? bytes.count : options.maximumDecodedBytes ?? bytes.count
  }
}

extension LogCompression {
  static func recognized(_ bytes: [UInt8]) -> Recognized? {
    bytes.withUnsafeBytes { recognized($0) }
  }
}
