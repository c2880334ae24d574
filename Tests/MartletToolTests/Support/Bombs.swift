import Foundation
import Testing

@testable import SensorLogs

/// Files that claim, or decode to, far more than they should take.
enum Bombs {
  struct Bomb: Sendable, CustomTestStringConvertible {
    let name: String
    var options: [String] = []
    let files: @Sendable () throws -> [String: [UInt8]]
    var testDescription: String { name }

    init(_ name: String, options: [String] = [], _ bytes: @escaping @Sendable () throws -> [UInt8]) {
      self.name = name
      self.options = options
      files = { [name: try bytes()] }
    }

    init(_ name: String, files: @escaping @Sendable () throws -> [String: [UInt8]]) {
      self.name = name
      self.files = files
    }
  }

  static let all: [Bomb] = text + labels + mcap + others

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  // MARK: Decompression

  /// A zstd frame of blocks that each say "128 KiB of this byte", which takes four bytes.
  static func zstd(_ byte: UInt8, blocks: Int, windowLog: UInt8 = 23) -> [UInt8] {
    var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, (windowLog - 10) << 3]
    for block in 0..<blocks { bytes += [block == blocks - 1 ? 0x03 : 0x02, 0x00, 0x10, byte] }
    return bytes
  }

  /// A frame of so many bytes, again and again.
  private static func repeated(_ compression: LogCompression, _ byte: UInt8, mebibytes: Int) throws -> [UInt8] {
    var frame: [UInt8] = []
    let piece = [UInt8](repeating: byte, count: 16 << 20)
    _ = piece.withUnsafeBytes { compression.makeCompressor(level: 9)?.compress($0, into: &frame, endsFrame: true) }
    return (0..<mebibytes / 16).flatMap { _ in frame }
  }

  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = []
    _ = bytes.withUnsafeBytes {
      LogCompression.zstd.makeCompressor(level: 1)?.compress($0, into: &frame, endsFrame: true)
    }
    return frame
  }

  private static let text: [Bomb] = [
    Bomb("zeros.csv.zst") { zstd(0, blocks: 65_536) },
    Bomb("line.csv.zst") { stored(ascii("t,a\n1,2\n")) + zstd(0x20, blocks: 8192) },
    Bomb("lines.jsonl.zst") { stored(ascii("{\"t\":1,\"a\":2}\n")) + zstd(0x7B, blocks: 8192) },
    Bomb("window.csv.zst") { zstd(0x31, blocks: 4, windowLog: 31) },
    Bomb("zeros.csv.gz") { try repeated(.gzip, 0, mebibytes: 1024) },
    Bomb("zeros.csv.lz4") { try repeated(.lz4, 0, mebibytes: 1024) },
    Bomb("columns.csv") { ascii(String(repeating: ",", count: 1_000_000) + "a\n") },
    Bomb("names.csv") {
      ascii("t" + (0..<150_000).map { ",\($0)" }.joined() + "\n1\n")
    },
    Bomb("wide.csv") {
      let heading = "t" + (0..<1000).map { ",c\($0)" }.joined() + "\n"
      var bytes = ascii(heading)
      for row in 0..<3000 { bytes += ascii("\(row)") + wideRow }
      return bytes
    },
    Bomb("depth.jsonl") {
      ascii("{\"t\":" + String(repeating: "[", count: 1_000_000) + "\n{\"t\":1,\"a\":1}\n")
    },
    Bomb("fields.jsonl") {
      ascii("{\"t\":1" + (0..<80_000).map { ",\"\($0)\":1" }.joined() + "}\n")
    },
  ]

  private static let wideRow = ascii(String(repeating: ",1", count: 1000) + "\n")

  // MARK: Labels

  private static let labels: [Bomb] = [
    Bomb("labels.csv") {
      let long = String(repeating: "x", count: 4000)
      return ascii("t,a,label\n" + (0..<6000).map { "\($0),1,\($0)\(long)\n" }.joined())
    },
    Bomb(
      "r.hea",
      files: {
        // A million annotations.
        [
          "r.hea": ascii("r 1 360 100\nr.dat 16 200 16 0 0 0 0 a\n"), "r.dat": [UInt8](repeating: 0, count: 200),
          "r.atr": [UInt8](unsafeUninitializedCapacity: 2_000_000) { bytes, count in
            for index in 0..<2_000_000 { bytes[index] = index % 2 == 0 ? 1 : 4 }
            count = 2_000_000
          },
        ]
      }),
    Bomb(
      "s.json",
      files: {
        var entries = "{\"structuredLabels\":{\"s.json\":["
        for index in 0..<60_000 {
          entries +=
            "\(index == 0 ? "" : ","){\"startIndex\":\(index),\"endIndex\":\(index),\"label\":\"\(index % 3)\"}"
        }
        return [
          "s.json": ascii(
            "{\"payload\":{\"interval_ms\":1,\"sensors\":[{\"name\":\"a\",\"units\":\"g\"}],\"values\":[1,2]}}"),
          "structured_labels.labels": ascii(entries + "]}}"),
        ]
      }),
  ]

  // MARK: MCAP

  private static func file(_ body: (inout RecordBuilder) -> Void) -> [UInt8] {
    var file = RecordBuilder()
    file.bytes = MCAP.magic
    file.addRecord(.header) {
      $0.add("")
      $0.add("")
    }
    body(&file)
    return file.bytes
  }

  private static func chunk(_ claimed: UInt64, _ compression: String, _ data: [UInt8]) -> [UInt8] {
    file {
      $0.addChunkHeader(
        MCAPChunk(
          startTime: 0, endTime: 0, uncompressedBytes: claimed, checksum: 1, compression: compression,
          storedBytes: UInt64(data.count)))
      $0.bytes += data
    }
  }

  private static func record(_ opcode: UInt8, length: UInt64) -> [UInt8] {
    file {
      $0.bytes.append(opcode)
      $0.add(length)
      $0.bytes += [1, 2, 3]
    }
  }

  private static let mcap: [Bomb] = [
    Bomb("claims-4-TiB.mcap") { chunk(4 << 40, "zstd", zstd(0, blocks: 4)) },
    Bomb("claims-64-bits.mcap") { chunk(.max, "zstd", zstd(0, blocks: 4)) },
    Bomb("chunk-8-GiB.mcap") { chunk(1000, "zstd", zstd(0, blocks: 65_536)) },
    Bomb("chunk-16-MiB.mcap") { chunk(16 << 20, "zstd", zstd(0x80, blocks: 128)) },
    Bomb("twice.mcap.zst") { stored(chunk(16 << 20, "zstd", zstd(0x80, blocks: 128))) },
    Bomb("chunk-of-records.mcap") { chunk(16 << 20, "lz4", try repeated(.lz4, 0, mebibytes: 16)) },
    Bomb("record-2-to-40.mcap") { record(0x05, length: 1 << 40) },
    Bomb("record-2-to-63.mcap") { record(0x05, length: 1 << 63 + 5) },
    Bomb("chunk-2-to-63.mcap") { record(0x06, length: 1 << 63 + 5) },
    Bomb("message-16-MiB.mcap") {
      file {
        $0.addChannel(MCAPChannel(id: 1, schemaID: 0, topic: "/a", messageEncoding: "json"))
        $0.addRecord(.message) { $0.bytes += [UInt8](repeating: 1, count: (16 << 20) - 100) }
      }
    },
    Bomb("packed-message.mcap") {
      stored(
        file {
          $0.addChannel(MCAPChannel(id: 1, schemaID: 0, topic: "/a", messageEncoding: "json"))
          $0.addRecord(.message) { $0.bytes += [UInt8](repeating: 1, count: (16 << 20) - 100) }
        })
    },
    Bomb("metadata.mcap") {
      file { builder in
        for part in 0..<4 {
          builder.addRecord(.metadata) {
            $0.add("m")
            $0.add(Dictionary(uniqueKeysWithValues: (0..<200_000).map { ("\(part)\($0)", "") }))
          }
        }
      }
    },
    Bomb("schemas.mcap") {
      file { builder in
        for id in 1...40 as ClosedRange<UInt16> {
          builder.addSchema(
            MCAPSchema(id: id, name: "a", encoding: "ros2msg", data: [UInt8](repeating: 65, count: 1_000_000)))
        }
      }
    },
    Bomb("fields.mcap") {
      let text = (0..<60_000).map { "int8 a\($0)\n" }.joined()
      return file { builder in
        for id in 1...20 as ClosedRange<UInt16> {
          builder.addSchema(MCAPSchema(id: id, name: "p/T\(id)", encoding: "ros2msg", data: ascii(text)))
          builder.addChannel(MCAPChannel(id: id, schemaID: id, topic: "/\(id)", messageEncoding: "cdr"))
          builder.addRecord(.message) {
            $0.add(id)
            $0.bytes += [UInt8](repeating: 0, count: 20) + [0, 1, 0, 0] + [UInt8](repeating: 7, count: 60_000)
          }
        }
      }
    },
  ]

  // MARK: Other formats

  private static func edf(samples: Int) -> [UInt8] {
    func field(_ text: String, _ width: Int) -> [UInt8] {
      ascii(text.padding(toLength: width, withPad: " ", startingAt: 0))
    }
    var bytes = field("0", 8) + field("X X X X", 80) + field("Startdate X X X X", 80)
    bytes += field("01.01.20", 8) + field("00.00.00", 8) + field("512", 8) + field("", 44) + field("-1", 8)
    bytes += field("1", 8) + field("1", 4) + field("a", 16) + field("", 80) + field("g", 8)
    bytes += field("-1", 8) + field("1", 8) + field("-100", 8) + field("100", 8) + field("", 80)
    bytes += field("\(samples)", 8) + field("", 32)
    return bytes
  }

  private static let others: [Bomb] = [
    Bomb("claims.edf") { edf(samples: 99_999_999) },
    Bomb("record-16-MB.edf") { edf(samples: 8_000_000) + [UInt8](repeating: 7, count: 32_000_000) },
    Bomb("packed.edf") { stored(edf(samples: 8_000_000)) + zstd(7, blocks: 300) },
    Bomb("length.cbor") {
      // {"payload": {"values": […]}} with a list and a text of 2^63 entries.
      var bytes: [UInt8] = [0xA1, 0x67] + ascii("payload")
      bytes += [0xA3, 0x6B] + ascii("interval_ms")
      bytes += [0x01, 0x67] + ascii("sensors")
      bytes += [0x81, 0xA1, 0x64] + ascii("name")
      bytes += [0x61, 0x61, 0x66] + ascii("values")
      bytes += [0x9B, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x02, 0x7B, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x61]
      return bytes
    },
    Bomb("names.json") {
      let name = String(repeating: "n", count: 60_000)
      let sensors: String = (0..<1000).map { (index: Int) -> String in
        "{\"name\":\"\(name)\(index)\",\"units\":\"\(name)\"}"
      }.joined(separator: ",")
      return stored(ascii("{\"payload\":{\"interval_ms\":1,\"sensors\":[\(sensors)],\"values\":[]}}"))
    },
    Bomb("depth.json") {
      ascii("{\"payload\":{\"interval_ms\":1,\"x\":" + String(repeating: "[", count: 1_000_000))
    },
    Bomb(
      "w.hea",
      files: {
        ["w.hea": ascii("w 1 100 99999999999\nw.dat 16x65536:65536 1 16 0 0 0 0 a\n"), "w.dat": [0, 0]]
      }),
    Bomb(
      "files.hea",
      files: {
        var files: [String: [UInt8]] = [:]
        var header = "files 100 100 0\n"
        for index in 0..<100 {
          header += "d\(index).dat 16 1 16 0 0 0 0 s\(index)\n"
          files["d\(index).dat"] = [UInt8](repeating: 0, count: 500_000)
        }
        files["files.hea"] = ascii(header)
        return files
      }),
    Bomb(
      "m.sds",
      files: {
        let yaml = "sds:\n  name: m\n  content:\n" + String(repeating: "  - a\n", count: 150_000)
        return ["m.sds": [0, 0, 0, 0, 255, 255, 255, 255, 1], "m.sds.yml": ascii(yaml)]
      }),
    Bomb(
      "k.sds",
      files: {
        // An alias of an alias of an alias …
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
          yaml += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
        }
        return ["k.sds": [0, 0, 0, 0, 255, 255, 255, 255, 1], "k.sds.yml": ascii(yaml)]
      }),
    Bomb(
      "bag",
      files: {
        let line = "  - b.mcap\n"
        let text = "rosbag2_bagfile_information:\n  relative_file_paths:\n" + String(repeating: line, count: 80_000)
        return ["bag/metadata.yaml": ascii(text), "bag/b.mcap": record(0x05, length: 1 << 40)]
      }),
  ]
}
