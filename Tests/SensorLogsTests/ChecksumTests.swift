import Testing

@testable import SensorLogs

@Suite struct ChecksumTests {
  /// Bit by bit, from the polynomial.
  private func reference(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  @Test func theKnownValueIsFound() {
    #expect(Array("123456789".utf8).withUnsafeBytes { Checksum.of($0) } == 0xCBF4_3926)
  }

  @Test func everyLengthAndStartGivesWhatThePolynomialSays() {
    var generator = SeededGenerator(state: 21)
    let bytes = (0..<600).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for start in 0..<17 {
      for count in 0...(bytes.count - start) where count < 200 || count % 37 == 0 {
        let slice = bytes[start..<(start + count)]
        let found = bytes.withUnsafeBytes { Checksum.of(.init(rebasing: $0[start..<(start + count)])) }
        if found != reference(slice) { Issue.record("seed 21, start \(start), \(count) bytes") }
      }
    }
  }

  @Test func piecesGiveTheSameAsTheWhole() {
    var generator = SeededGenerator(state: 22)
    let bytes = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let whole = reference(bytes)
    for piece in 1...200 {
      var checksum = Checksum()
      bytes.withUnsafeBytes { all in
        for start in stride(from: 0, to: all.count, by: piece) {
          checksum.add(.init(rebasing: all[start..<min(all.count, start + piece)]))
        }
      }
      #expect(checksum.value == whole, "seed 22, pieces of \(piece)")
    }
  }
}
