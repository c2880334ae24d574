import Foundation
import Testing

@testable import SensorLogs

/// polars, zstandard, lz4 and gzip read what is written here, and what they write is read here, to the same values.
@Suite(.enabled(if: Peers.available, Peers.howToEnable)) struct PeerTableTests {
  private static let files = ["csv", "tsv", "jsonl"].flatMap { format in
    LogCompression.allCases.map { "\(format)\($0.fileSuffix)" }
  }

  /// A table as `tables.py` prints it.
  private struct Table {
    var columns: [String]
    var rows: [[Any]]

    init(_ data: Data) throws {
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      columns = try #require(object["columns"] as? [String])
      rows = try #require(object["rows"] as? [[Any]])
    }

    /// The bits of a number; a missing one is NaN.
    func bits(_ row: Int, _ column: Int) -> UInt64 {
      guard let text = rows[row][column] as? String, text != "nan" else { return Double.nan.bitPattern }
      return Double(text)?.bitPattern ?? 1
    }

    func label(_ row: Int) -> String? { rows[row].last as? String }
  }

  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("tables-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test func oursAreReadByThem() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let seed: UInt64 = 77
    var random = SeededGenerator(state: seed)
    let names = ["walk", "sit, still", "say \"x\"", "é"]
    var batch = FrameBatch(channelCount: 2)
    for index in 0..<1500 {
      let exponent = Double(Int.random(in: -300...300, using: &random))
      let values = [
        Double.random(in: -1...1, using: &random) * pow(10, exponent), index % 7 == 0 ? .nan : Double(index) / 7,
      ]
      batch.append(
        time: Int64(index) * 7_812_500, values: values, label: Int32.random(in: 0..<4, using: &random),
        segment: Int32(index / 500))
    }
    let schema = LogSchema(
      channels: [Channel(name: "a", unit: "g"), Channel(name: "b")], hasLabels: true, hasSegments: true)
    for name in Self.files {
      let path = folder.appendingPathComponent("ours.\(name)").path
      let writer = try SensorLog.create(path, schema: schema)
      try writer.write(batch, labelNames: names)
      try writer.finish()
      let table = try Table(Peers.run("tables", "read", path))
      #expect(table.columns == ["time_s", "a[g]", "b", "segment", "label"], "\(name)")
      try #require(table.rows.count == batch.count, "\(name)")
      for row in 0..<batch.count {
        #expect(table.bits(row, 0) == (Double(row) / 128).bitPattern, "\(name), row \(row), seed \(seed)")
        for slot in 0..<2 {
          #expect(
            table.bits(row, slot + 1) == batch.values[row * 2 + slot].bitPattern, "\(name), row \(row), seed \(seed)")
        }
        #expect(table.rows[row][3] as? Int == Int(batch.segments[row]), "\(name), row \(row)")
        #expect(table.label(row) == names[Int(batch.labels[row])], "\(name), row \(row)")
      }
    }
  }

  @Test func theirsAreReadByUs() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let table = try Table(Peers.run("tables", "write", folder.path))
    #expect(table.columns == ["time_s", "a", "b", "label"])
    for name in Self.files {
      let read = try Recording(SensorLog.open(folder.appendingPathComponent("theirs.\(name)").path))
      #expect(read.losses.isEmpty && read.channels.map(\.name) == ["a", "b"], "\(name): \(read.losses.first)")
      try #require(read.frameCount == table.rows.count, "\(name)")
      for row in 0..<read.frameCount {
        #expect(read.times[row] == Int64(row) * 7_812_500, "\(name), row \(row)")
        #expect(read.values[row * 2] == table.bits(row, 1), "\(name), row \(row)")
        #expect(read.values[row * 2 + 1] == table.bits(row, 2), "\(name), row \(row)")
        #expect(read.labels[row] == table.label(row), "\(name), row \(row)")
      }
    }
  }
}
