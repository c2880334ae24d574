import Foundation
import Testing

@testable import SensorLogs

@Suite struct OutputFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Memory that can be pointed to and not read, which makes a write fail.
  private func withUnreadableBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws {
    let count = 1 << 20
    let memory = try #require(mmap(nil, count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    body(UnsafeRawBufferPointer(start: memory, count: count))
    munmap(memory, count)
  }

  @Test func whatCouldNotBeWrittenGetsNoName() throws {
    let path = folder.file("a")
    let output = try OutputFile(path: path)
    try output.write([1, 2, 3])
    var failure: LogReadError?
    try withUnreadableBytes { bytes in
      do throws(LogReadError) { try output.write(bytes) } catch { failure = error }
    }
    let expected = try #require(failure)
    try output.write([4, 5, 6])
    #expect(throws: expected) { try output.finish() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func aReplacedFileKeepsItsMode() throws {
    for mode in [0o600, 0o664, 0o755] as [mode_t] {
      let path = try folder.write("old", to: "a")
      #expect(chmod(path, mode) == 0)
      let output = try OutputFile(path: path)
      try output.write([1])
      try output.finish()
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == mode)
      #expect(try bytes(of: path) == [1])
    }
  }

  @Test(arguments: ["x.edf.zst", "x.bdf.lz4", "x.json.gz", "x.cbor.zst", "x.mcap.zst", "x.hea.zst"])
  func compressionThatCannotBeHadIsRefused(name: String) throws {
    let (batch, names) = steadyBatch(frames: 20, rateHz: 100)
    let schema = LogSchema(channels: steadyChannels, nominalRateHz: 100)
    #expect { try write(batch, names, to: folder.file(name), schema: schema) } throws: { error in
      if case .invalidOption(let text)? = (error as? LogReadError)?.code { text.contains("compress") } else { false }
    }
    let plain = String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)])
    #expect(throws: LogReadError.self) {
      try write(batch, names, to: folder.file(plain), schema: schema) { $0.compression = .zstd }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    try write(batch, names, to: folder.file(plain), schema: schema)
  }
}
