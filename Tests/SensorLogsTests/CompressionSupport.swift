import Foundation
import Testing

@testable import SensorLogs

/// Bytes as one frame of a compression, or as they are.
func compressed(_ bytes: [UInt8], _ compression: LogCompression, level: Int = 3) throws -> [UInt8] {
  if compression == .none { return bytes }
  var output: [UInt8] = []
  let compressor = try #require(compression.makeCompressor(level: level))
  let isDone = bytes.withUnsafeBytes { compressor.compress($0, into: &output, endsFrame: true) }
  #expect(isDone)
  return output
}

/// What a stream gives, and what was wrong with it.
struct Decoded: Equatable {
  var bytes: [UInt8] = []
  var damage: LogLoss?

  init(_ stored: [UInt8], pieceBytes: Int = .max, windowLogMaximum: Int = 23, maximumBytes: Int? = nil) throws {
    let stream = try ByteStream(
      MemoryInput(stored, pieceBytes: pieceBytes), windowLogMaximum: windowLogMaximum,
      maximumDecodedBytes: maximumBytes)
    repeat {
      bytes += stream.window
      stream.advance(stream.window.count)
    } while try stream.fill()
    #expect(try !stream.fill())
    damage = stream.damage
  }
}

func fixture(_ name: String) throws -> [UInt8] {
  let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  return Array(try Data(contentsOf: url))
}

/// The table that Scripts/fixtures/compressed.py compresses.
let fixtureTable: [UInt8] = {
  var text = "time_s,a,b\n"
  for i in 0..<12_000 { text += "\(i),\(i * 37 % 1000),\(i * i % 977)\n" }
  return Array(text.utf8)
}()

/// The bytes in the same script that cannot be shortened.
let fixtureNoise: [UInt8] = {
  var bytes: [UInt8] = []
  var state: UInt64 = 1
  for _ in 0..<3000 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    withUnsafeBytes(of: (state ^ state >> 29).littleEndian) { bytes += $0 }
  }
  return bytes
}()
