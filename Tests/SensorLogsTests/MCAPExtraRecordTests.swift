import Foundation
import Testing

@testable import SensorLogs

/// Records that are no part of any frame.
@Suite struct MCAPExtraRecordTests {
  private func metadata(entries: Int) -> [UInt8] {
    var content = RecordBuilder()
    content.add("m")
    var map = RecordBuilder()
    for index in 0..<entries {
      map.add("\(index)")
      map.add("")
    }
    content.add(map.bytes)
    return content.bytes
  }

  private func file(_ opcode: UInt8, _ content: [UInt8]) -> [UInt8] {
    var file = MCAPFile()
    file.declare(1, "/a")
    file.message(1, at: 1, "{\"v\":1}")
    file.record(opcode, content)
    file.message(1, at: 2, "{\"v\":2}")
    return file.finished
  }

  private func losses(_ bytes: [UInt8]) throws -> [LogLoss.Code: Int] {
    let reader = try MCAPReader(MemoryInput(bytes))
    while try reader.next() != nil {}
    return reader.losses.countsByCode
  }

  @Test func metadataOfTooManyEntriesAreNotTakenApart() throws {
    #expect(try losses(file(MCAP.Opcode.metadata.rawValue, metadata(entries: 65_536))).isEmpty)
    let many = file(MCAP.Opcode.metadata.rawValue, metadata(entries: 65_537))
    #expect(try losses(many) == [.malformedRecord: 1])
    // Frames have nothing to do with them.
    let found = try read(many)
    #expect(found.frameCount == 2 && found.losses.isEmpty)
  }

  @Test func privateRecordsArePassedOverWhateverTheirSize() throws {
    let large = file(0x90, [UInt8](repeating: 3, count: MCAPLimits.parsedRecordBytes + 1))
    #expect(try losses(large).isEmpty)
    let found = try read(large)
    #expect(found.frameCount == 2 && found.losses.isEmpty)
  }

  @Test func whatIsRecoveredFromDecodesToNoEndlessFile() throws {
    let folder = try TemporaryFolder()
    let plain = [UInt8](repeating: 0, count: 20 << 20)
    try Data(zstd(plain)).write(to: URL(fileURLWithPath: folder.file("bomb.mcap.zst")))
    let stored = try bytes(of: folder.file("bomb.mcap.zst")).count
    try #require(stored * 1000 < plain.count)
    let cut = try RecoveryInput.open(folder.file("bomb.mcap.zst"), limits: .init(), leastLimit: 1 << 20)
    #expect(cut.file.size <= max(1 << 20, stored * 1000) && cut.file.size < plain.count)
    #expect(cut.notes.contains { $0.contains("--maximum-decoded") }, "\(cut.notes)")
    let whole = try RecoveryInput.open(folder.file("bomb.mcap.zst"), limits: .init(), leastLimit: 20 << 20)
    #expect(whole.file.size == plain.count && whole.notes.isEmpty)
    var limits = LogReadOptions()
    limits.maximumDecodedBytes = 1 << 20
    #expect(try RecoveryInput.open(folder.file("bomb.mcap.zst"), limits: limits).file.size == 1 << 20)
  }
}
