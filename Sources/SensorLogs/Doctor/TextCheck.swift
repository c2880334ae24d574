#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Looks at the bytes of a text for what some readers stumble over.
struct TextCheck {
  private var lines = 0
  private var carriageReturns = 0
  private var blankLines = 0
  private var firstMixed: (line: Int, offset: Int)?
  private var zeros = 0
  private var firstZero: (line: Int, offset: Int)?
  private var lastByte: UInt8 = 10
  private var beforeLast: UInt8 = 0
  private var lineStart = 0

  /// Reads to the end.
  mutating func run(_ stream: ByteStream, _ problems: inout ProblemList) throws(LogReadError) {
    _ = try stream.ensure(3)
    if stream.window.starts(with: [0xEF, 0xBB, 0xBF]) {
      problems.add(
        .note, "byteOrderMark", at: 0, "the text begins with a byte order mark",
        advice: "martlet passes over it; some readers take it for a part of the first name")
    }
    while true {
      let window = stream.window
      look(window, at: stream)
      stream.advance(window.count)
      if try !stream.fill() { break }
    }
    report(stream, &problems)
  }

  private mutating func look(_ window: UnsafeRawBufferPointer, at stream: ByteStream) {
    guard let base = window.baseAddress, !window.isEmpty else { return }
    if let zero = memchr(base, 0, window.count) { countZeros(window, UnsafeRawPointer(zero) - base, stream) }
    var place = 0
    while place < window.count, let found = memchr(base + place, 10, window.count - place) {
      let end = UnsafeRawPointer(found) - base
      let before = end > 0 ? window[end - 1] : lastByte
      let beforeThat = end > 1 ? window[end - 2] : end == 1 ? lastByte : beforeLast
      lines += 1
      if before == 13 {
        carriageReturns += 1
        if beforeThat == 10 { blankLines += 1 }
      } else if before == 10 {
        if lines > 1 { blankLines += 1 }
      }
      if firstMixed == nil, carriageReturns != 0, carriageReturns != lines {
        firstMixed = (lines, stream.storedOffset(ahead: end))
      }
      place = end + 1
    }
    beforeLast = window.count > 1 ? window[window.count - 2] : lastByte
    lastByte = window[window.count - 1]
  }

  private mutating func countZeros(_ window: UnsafeRawBufferPointer, _ first: Int, _ stream: ByteStream) {
    if firstZero == nil {
      let before = window[..<first].count { $0 == 10 }
      firstZero = (lines + before + 1, stream.storedOffset(ahead: first))
    }
    zeros += window[first...].count { $0 == 0 }
  }

  private func report(_ stream: ByteStream, _ problems: inout ProblemList) {
    if let firstZero {
      problems.add(
        .warning, "nulBytes", at: firstZero.offset, line: firstZero.line, count: zeros,
        "\(zeros) NUL \(zeros == 1 ? "byte" : "bytes") in the text",
        advice: "they are what a file system leaves after a crash; rows that hold them are lost")
    }
    if let firstMixed {
      problems.add(
        .note, "mixedLineBreaks", at: firstMixed.offset, line: firstMixed.line, count: carriageReturns,
        "\(carriageReturns) of \(lines) lines end in CR LF, the others in LF",
        advice: "martlet reads both; the file was put together from several")
    } else if carriageReturns > 0 {
      problems.add(
        .note, "carriageReturns", count: carriageReturns, "lines end in CR LF", advice: "martlet reads both kinds")
    }
    if blankLines > 0 {
      problems.add(
        .note, "blankLines", count: blankLines, blankLines == 1 ? "one line is empty" : "\(blankLines) lines are empty",
        advice: "they are no rows")
    }
    if stream.damage == nil, lastByte != 10, stream.position > 0 {
      problems.add(
        .note, "noFinalLineBreak", at: stream.storedOffset(), line: lines + 1, "the last line has no line break",
        advice: "if the recorder was stopped by force, its last number may be cut")
    }
  }
}
