#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The lines of a text, each in one piece in memory, and what was wrong with them.
///
/// Numbers in a line can be read by words: some bytes behind it are readable, and the one at its end is no digit.
final class TextLines {
  struct Line {
    let start: UnsafePointer<UInt8>
    /// Where the line break stands, or would.
    let end: UnsafePointer<UInt8>
    /// The last line, without a line break.
    let isTorn: Bool
  }

  let stream: ByteStream
  @exclusivity(unchecked) private(set) var losses = LogLosses()
  private(set) var lostLines = 0

  // One line is asked for at a time, so checks of exclusive access, which cost more than finding it, are left out.

  /// The number of the line given last, from 1.
  @exclusivity(unchecked) private(set) var number = 0

  private let maximumLineBytes: Int
  /// Bytes of the window that belong to the line given last, its line break included.
  @exclusivity(unchecked) private var given = 0
  /// Bytes at the window's start that are known to hold no line break.
  @exclusivity(unchecked) private var searched = 0
  @exclusivity(unchecked) private var hasEnded = false

  init(_ stream: ByteStream, maximumLineBytes: Int) {
    self.stream = stream
    self.maximumLineBytes = maximumLineBytes
  }

  /// The next line, valid until the one behind it is asked for; nil at the end.
  @inline(__always)
  func next() throws(LogReadError) -> Line? {
    stream.advance(given)
    given = 0
    while true {
      let window = stream.window
      if window.count > searched {
        let base = window.baseAddress!.assumingMemoryBound(to: UInt8.self)
        if let found = memchr(base + searched, Int32(UInt8(ascii: "\n")), window.count - searched) {
          let end = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
          given = end - base &+ 1
          searched = 0
          number &+= 1
          if given &- 1 > maximumLineBytes {
            dropLongLine()
            continue
          }
          return Line(start: base, end: end, isTorn: false)
        }
      }
      if let last = try lookFurther(window.count) { return last }
      if hasEnded { return nil }
    }
  }

  /// Gives the line given last once more.
  func giveAgain() {
    given = 0
    number -= 1
    hasEnded = false
  }

  /// Gets more bytes, or the last line where there are no more.
  @inline(never)
  private func lookFurther(_ count: Int) throws(LogReadError) -> Line? {
    searched = count
    if count > maximumLineBytes {
      try skipLongLine()
      return nil
    }
    if try stream.fill() { return nil }
    return takeLast()
  }

  /// What a line of a recording is must not depend on how many bytes arrived at once.
  @inline(never)
  private func dropLongLine() {
    lose(.lineTooLong, detail: "more than \(maximumLineBytes) bytes")
    stream.advance(given)
    given = 0
  }

  private func skipLongLine() throws(LogReadError) {
    number += 1
    lose(.lineTooLong, detail: "more than \(maximumLineBytes) bytes")
    searched = 0
    while true {
      let window = stream.window
      if let base = window.baseAddress, let found = memchr(base, Int32(UInt8(ascii: "\n")), window.count) {
        stream.advance(UnsafeRawPointer(found) - base + 1)
        return
      }
      stream.advance(window.count)
      if try !stream.fill() { return }
    }
  }

  private func takeLast() -> Line? {
    let window = stream.window
    searched = 0
    if !window.isEmpty {
      number += 1
      given = window.count
      if stream.damage == nil {
        stream.setSentinel(UInt8(ascii: "\n"))
        let base = window.baseAddress!.assumingMemoryBound(to: UInt8.self)
        return Line(start: base, end: base + window.count, isTorn: true)
      }
      // Where the file is known to be cut, the last number may be cut too.
      lose(.tornLine)
      stream.advance(given)
      given = 0
    }
    if !hasEnded, let damage = stream.damage { losses.add(damage) }
    hasEnded = true
    return nil
  }

  /// The line given last, its line break included; valid until the next one is asked for.
  var lastLine: UnsafeRawBufferPointer { .init(rebasing: stream.window.prefix(given)) }

  /// Counts the line given last as lost.
  func lose(_ code: LogLoss.Code, detail: @autoclosure () -> String = "") {
    lostLines += 1
    note(code, detail: detail())
  }

  /// Notes that something of the line given last was lost.
  func note(_ code: LogLoss.Code, detail: @autoclosure () -> String = "") {
    losses.add(
      LogLoss(
        code, byteOffset: stream.storedOffset(), record: number, detail: losses.keepsNext ? detail() : ""))
  }
}
