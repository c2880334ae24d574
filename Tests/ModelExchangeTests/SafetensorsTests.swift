import Foundation
import Testing

@testable import ModelExchange

@Suite struct SafetensorsTests {
  /// Written by the format's own library, from numbers of ours: `Scripts/peers/exchange.py tensors write`.
  private static var theirs: [UInt8] {
    get throws {
      let url = try #require(
        Bundle.module.url(forResource: "theirs", withExtension: "safetensors", subdirectory: "Fixtures"))
      return Array(try Data(contentsOf: url))
    }
  }

  /// A file of a header as written and values.
  private func file(_ header: String, values: Int = 0, length: UInt64? = nil) -> [UInt8] {
    littleEndianBytes([length ?? UInt64(header.utf8.count)]) + Array(header.utf8)
      + [UInt8](repeating: 7, count: values)
  }

  private func error(_ bytes: [UInt8]) -> SafetensorsError? {
    do {
      _ = try SafetensorsFile(bytes: bytes)
      return nil
    } catch {
      return error
    }
  }

  // MARK: What others write

  @Test func aFileOfTheFormatsOwnLibraryIsReadAndWrittenAgainByteForByte() throws {
    let bytes = try Self.theirs
    let file = try SafetensorsFile(bytes: bytes)
    #expect(file.metadata == ["format": "np", "note": "a \"text\"\nof two lines ü"])
    #expect(file["half"]?.floats == [0, -0.0, 1, -2, 1023 * 0x1p-24, 0x1p-24, 65504, .infinity])
    #expect(file["half"]?.floats?[1].sign == .minus)
    #expect(file["small"]?.int8s == (-128...127).map { Int8($0) } && file["small"]?.shape == [2, 128])
    #expect(file["int"]?.int32s == [.min, 0, .max])
    #expect(file["double"]?.floats?.count == 7 && file["brain"]?.floats?.count == 6)
    #expect(file["empty"]?.shape == [0, 3] && file["empty"]?.bytes == [])
    #expect(file["num_batches_tracked"]?.shape == [] && file["num_batches_tracked"]?.floats == nil)
    #expect(file["näme \"quoted\" \\ 文"]?.floats == [1.5])
    #expect(file.bytes() == bytes)
  }

  #if !(os(macOS) && arch(x86_64))
    @Test func everyHalfIsTheSameInSinglePrecision() {
      for bits in UInt16.min...UInt16.max {
        let (found, expected) = (NamedTensor.float(ofHalf: bits), Float(Float16(bitPattern: bits)))
        #expect(found == expected && found.sign == expected.sign || found.isNaN && expected.isNaN, "\(bits)")
      }
    }
  #endif

  // MARK: What we write

  @Test func whatWasWrittenIsReadBack() throws {
    let file = SafetensorsFile(
      metadata: ["a\"b\\": "line\nline\t\u{1}", "": ""],
      tensors: [
        NamedTensor("b", shape: [2, 3], [1, 2, 3, 4, 5, .pi] as [Float]),
        NamedTensor("a", shape: [], [Int32.min]), NamedTensor("c.d", shape: [2], [-128, 127] as [Int8]),
        NamedTensor("none", shape: [3, 0], [Float]()),
      ])
    let bytes = file.bytes()
    let read = try SafetensorsFile(bytes: bytes)
    #expect(read.metadata == file.metadata)
    #expect(Set(read.tensors) == Set(file.tensors))
    #expect(read.bytes() == bytes)
    // The values begin aligned, whatever the header is.
    #expect(bytes[0] % 8 == 0)
    var other = file
    other.tensors.reverse()
    #expect(other.bytes() == bytes)
  }

  // MARK: What nobody should write

  @Test func aFileCutAnywhereIsRefused() throws {
    let bytes = try Self.theirs
    for count in 0..<bytes.count { #expect(error(Array(bytes[..<count])) != nil, "\(count) bytes") }
    #expect(error(bytes + [0])?.code == .unclaimed(bytes: 1))
  }

  @Test func aFileOfFlippedBitsIsReadOrRefused() throws {
    let bytes = try Self.theirs
    let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    for position in 0..<header {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[position] ^= 1 << UInt8(bit)
        guard let file = try? SafetensorsFile(bytes: flipped) else { continue }
        #expect(file.tensors.reduce(0) { $0 + $1.bytes.count } == bytes.count - header)
      }
    }
  }

  @Test(arguments: [
    ("", "does not begin"), (" {}", "does not begin"), ("[]", "does not begin"), ("{", "'\"' is missing"),
    ("{}x", "follows its end"), ("{\"a\"}", "':' is missing"), ("{\"a\":1}", "'{' is missing"),
    ("{\"a\":{}}", "has no 'dtype'"), ("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", "has no 'data_offsets'"),
    ("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "stands twice"), ("{\"a\":{\"kind\":1}}", "does not know"),
    ("{\"a\":{\"shape\":[-1]}}", "whole number is missing"), ("{\"a\":{\"shape\":[01]}}", "begins with 0"),
    ("{\"a\":{\"shape\":[1.5]}}", "']' is missing"),
    ("{\"a\":{\"shape\":[99999999999999999999]}}", "too large"), ("{\"a\":{\"data_offsets\":[1]}}", "not two numbers"),
    ("{\"a\":{\"data_offsets\":[1,2,3]}}", "more than 2 numbers"), ("{\"a\\q\":{}}", "backslash"),
    ("{\"\\ud800\":{}}", "half a character"), ("{\"\\ud800\\u0041\":{}}", "half a character"),
    ("{\"a\u{7}\":{}}", "control character"), ("{\"a", "no end"), ("{\"__metadata__\":{\"a\":1}}", "'\"' is missing"),
    ("{\"a\":{\"shape\":[" + Array(repeating: "1", count: 65).joined(separator: ",") + "]}}", "more than 64 numbers"),
    (String(repeating: "{\"a\":", count: 100_000), "does not know"),
  ])
  func aHeaderThatIsNotTheFormatsIsRefused(header: String, reason: String) throws {
    let found = try #require(error(file(header)))
    #expect(found.description.contains(reason), "\(found.description)")
    guard case .header = found.code else { return #expect(Bool(false), "\(found)") }
    #expect((8...8 + header.utf8.count).contains(found.byteOffset))
  }

  private static func entry(_ name: String, _ element: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
    "\"\(name)\":{\"dtype\":\"\(element)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
  }

  @Test(arguments: [
    (entry("a", "F32", "1", 4, 0), 4, "outside of the 4 bytes"),
    (entry("a", "F32", "2", 0, 8), 4, "outside of the 4 bytes"),
    (entry("a", "F32", "1", 0, 4) + "," + entry("b", "F32", "1", 2, 6), 6, "share bytes"),
    (entry("a", "F32", "1", 0, 4) + "," + entry("b", "F32", "1", 0, 4), 4, "share bytes"),
    (entry("a", "F32", "1", 4, 8), 8, "4 bytes belong to no tensor"),
    (entry("a", "F32", "1", 0, 4), 8, "4 bytes belong to no tensor"),
    (entry("a", "F32", "2", 0, 4), 4, "cannot have 4 bytes"),
    (entry("a", "F32", "9223372036854775807,2", 0, 4), 4, "cannot have 4 bytes"),
    (entry("a", "F32", "0,9223372036854775807,9223372036854775807", 0, 4), 4, "cannot have 4 bytes"),
    (entry("a", "Q7", "1", 0, 4), 4, "elements 'Q7'"),
    (entry("a", "F32", "1", 0, 4) + "," + entry("a", "F32", "1", 4, 8), 8, "two tensors are called 'a'"),
  ])
  func offsetsAndShapesThatCannotBeAreRefused(entries: String, values: Int, reason: String) throws {
    let found = try #require(error(file("{\(entries)}", values: values)))
    #expect(found.description.contains(reason), "\(found.description)")
  }

  @Test func lengthsThatNobodyMeansAreRefusedBeforeAnythingIsRead() {
    #expect(error([])?.code == .tooShort)
    #expect(error([1, 0, 0])?.code == .tooShort)
    #expect(
      error(file("{}", length: .max))?.code == .headerTooLong(bytes: .max, limit: SafetensorsFile.headerLimit))
    #expect(error(file("{}", length: 3))?.code == .headerTruncated(bytes: 3, found: 2))
    #expect(error(file("{}")) == nil && error(file("{}   ")) == nil)
  }
}
