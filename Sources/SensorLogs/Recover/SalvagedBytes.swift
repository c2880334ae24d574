/// The lines of a compressed text, beyond damage where a later frame can be read.
///
/// What stands at a seam is left out: the torn line before it, and of the first line behind it the part that is there.
final class SalvagedBytes: ByteInput {
  let path: String
  let totalBytes: Int? = nil
  private let file: any RandomAccessInput
  private let windowLogMaximum: Int
  private var stream: ByteStream?
  /// Where the frames that `stream` reads begin.
  private var start = 0
  private var skipsToLineBreak = false
  private var gaveHalfALine = false
  /// Bytes that looking for the next frame may still read.
  private var budget: Int

  /// What could not be decompressed.
  private(set) var losses: [LogLoss] = []
  private(set) var tornLines = 0

  /// Frames whose beginning was given although their checksum was not reached or does not match.
  private(set) var doubtful: [Range<Int>] = []

  /// - Parameter stream: Of the file, at its beginning.
  init(_ file: any RandomAccessInput, stream: ByteStream, windowLogMaximum: Int) {
    self.file = file
    self.stream = stream
    self.windowLogMaximum = windowLogMaximum
    path = stream.path
    budget = file.size.multipliedReportingOverflow(by: 16).partialValue + (64 << 20)
  }

  /// How far the file has been read.
  var storedPosition: Int { start + (stream?.bytesRead ?? 0) }

  func reopened() -> (any ByteInput)? { nil }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    while let stream {
      if skipsToLineBreak {
        if let end = stream.window.firstIndex(of: 10) {
          stream.advance(end + 1)
          skipsToLineBreak = false
          continue
        }
        stream.advance(stream.window.count)
        if try stream.fill() { continue }
      } else {
        let window = stream.window
        let reach = UnsafeRawBufferPointer(rebasing: window.prefix(buffer.count))
        if let last = reach.lastIndex(of: 10) { return give(last + 1, stream, buffer, half: false) }
        if window.count >= buffer.count { return give(buffer.count, stream, buffer, half: true) }
        if try stream.fill() { continue }
      }
      if let count = try end(stream, buffer) { return count }
    }
    return 0
  }

  private func give(
    _ count: Int, _ stream: ByteStream, _ buffer: UnsafeMutableRawBufferPointer, half: Bool
  ) -> Int {
    buffer.copyMemory(from: .init(rebasing: stream.window.prefix(count)))
    stream.advance(count)
    gaveHalfALine = half
    return count
  }

  /// - Returns: The bytes that are left to give; nil where there are none and the next frame is to be read.
  private func end(_ stream: ByteStream, _ buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int? {
    guard let damage = stream.damage else {
      self.stream = nil
      let rest = skipsToLineBreak ? 0 : stream.window.count
      return give(rest, stream, buffer, half: false)
    }
    if stream.window.count > 0 { tornLines += 1 }
    budget -= file.size - start
    var loss = damage
    loss.byteOffset += start
    let next = stream.nextFrame.map { $0 + start }
    if let next, damage.code == .corruptCompression || damage.code == .trailingBytes {
      (loss.code, loss.count) = (.damagedFrame, next - loss.byteOffset)
      loss.detail = "reading went on at byte \(next)"
    }
    losses.append(loss)
    if let frame = stream.frameStart.map({ $0 + start }), damage.code == .corruptCompression, frame < loss.byteOffset {
      doubtful.append(frame..<loss.byteOffset)
    }
    self.stream = nil
    if let next, next > start, budget > 0, losses.count < 4_096 {
      start = next
      self.stream = try ByteStream(PlacedInput(file, path: path, from: next), windowLogMaximum: windowLogMaximum)
      skipsToLineBreak = true
    }
    guard gaveHalfALine else { return nil }
    // No row can hold a zero, so what was given of the torn line cannot pass for one.
    gaveHalfALine = false
    buffer.storeBytes(of: 0, as: UInt8.self)
    buffer.storeBytes(of: 10, toByteOffset: 1, as: UInt8.self)
    return 2
  }
}
