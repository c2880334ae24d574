/// One annotation of a WFDB annotation file.
public struct WFDBAnnotation: Sendable, Hashable {
  /// Frame number, at the annotation file's own rate.
  public var sample: Int

  /// The stored type, 0 to 49.
  public var type: Int
  public var subtype: Int
  public var channel: Int
  public var number: Int

  /// Text beside the annotation, such as `(AFIB`.
  public var text: String?

  /// The type as a sign, such as `N`, `V` or `+`; its number for types that have no sign.
  public var symbol: String { Self.symbols[type] ?? "\(type)" }

  /// Whether the annotation is a beat.
  public var isBeat: Bool { Self.beats.contains(type) }

  static let rhythm = 28
  static let note = 22

  /// After the WFDB library's file ecgcodes.h.
  static let symbols: [Int: String] = [
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j", 12: "/", 13: "Q",
    14: "~", 16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: "\"", 23: "=", 24: "p", 25: "B", 26: "^", 27: "t",
    28: "+", 29: "u", 30: "?", 31: "!", 32: "[", 33: "]", 34: "e", 35: "n", 36: "@", 37: "x", 38: "f", 39: "(",
    40: ")", 41: "r",
  ]

  private static let beats: Set<Int> = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 30, 34, 35, 38, 41]
}

/// Reads the annotations of a file in MIT format, one after another.
///
/// After the manual page annot(5) of the WFDB library: pairs of bytes that hold a type and a step in time; types 59 to
/// 63 are no annotations but say more about one.
public final class WFDBAnnotationReader {
  private let stream: ByteStream
  private var time: Int64 = 0
  private var number = 0
  private var channel = 0
  private var index = 0
  private var isAtStart = true
  private var hasEnded = false
  private(set) var losses = LogLosses()

  /// The rate of the file's clock, where it states its own.
  public private(set) var resolutionHz: Double?

  /// Opens an annotation file.
  public convenience init(path: String) throws(LogReadError) {
    try self.init(ByteStream(FileInput(path: path), windowLogMaximum: 23))
  }

  init(_ stream: ByteStream) { self.stream = stream }

  private enum Code {
    static let skip = 59
    static let number = 60
    static let subtype = 61
    static let channel = 62
    static let text = 63
  }

  /// The next annotation, or nil behind the last.
  public func next() throws(LogReadError) -> WFDBAnnotation? {
    while let annotation = try read() {
      let isFirst = isAtStart
      isAtStart = false
      // A note at the very beginning sets the clock and annotates nothing.
      if isFirst, annotation.sample == 0, annotation.type == WFDBAnnotation.note, let text = annotation.text,
        text.hasPrefix("## time resolution:")
      {
        let rate = Double(text.dropFirst(19).prefix { $0 != "\0" }.trimmingSpaces())
        if let rate, rate > 0, rate.isFinite { resolutionHz = rate }
        continue
      }
      return annotation
    }
    return nil
  }

  private func pair(ahead: Int = 0) throws(LogReadError) -> UInt16? {
    guard try stream.ensure(ahead + 2) else { return nil }
    return UInt16(littleEndian: stream.window.loadUnaligned(fromByteOffset: ahead, as: UInt16.self))
  }

  private func read() throws(LogReadError) -> WFDBAnnotation? {
    while !hasEnded {
      guard let word = try pair() else {
        end()
        return nil
      }
      let code = Int(word >> 10)
      let step = Int64(word & 0x3FF)
      if word == 0 {
        hasEnded = true
        stream.advance(2)
        if try stream.ensure(1) {
          losses.add(LogLoss(.trailingBytes, byteOffset: stream.storedOffset(), detail: "behind the last annotation"))
        }
        return nil
      }
      if code == Code.skip {
        guard let high = try pair(ahead: 2), let low = try pair(ahead: 4) else {
          end()
          return nil
        }
        time &+= Int64(Int32(truncatingIfNeeded: UInt32(high) << 16 | UInt32(low)))
        stream.advance(6)
        continue
      }
      if code > 49 {
        losses.add(
          LogLoss(.malformedRecord, byteOffset: stream.storedOffset(), record: index, detail: "annotation type \(code)")
        )
        stream.advance(2)
        continue
      }
      stream.advance(2)
      time &+= step
      var annotation = WFDBAnnotation(
        sample: Int(time), type: code, subtype: 0, channel: channel, number: number, text: nil)
      try readMore(&annotation)
      index += 1
      // Type 0 is no annotation; it only carries time.
      if code == 0 { continue }
      return annotation
    }
    return nil
  }

  /// What the pairs behind an annotation say about it; channel and number also hold for those that follow.
  private func readMore(_ annotation: inout WFDBAnnotation) throws(LogReadError) {
    while let word = try pair() {
      let value = Int(word & 0x3FF)
      switch Int(word >> 10) {
      case Code.number:
        number = Int(Int8(truncatingIfNeeded: value))
        annotation.number = number
      case Code.subtype: annotation.subtype = Int(Int8(truncatingIfNeeded: value))
      case Code.channel:
        channel = Int(UInt8(truncatingIfNeeded: value))
        annotation.channel = channel
      case Code.text:
        let stored = value + value % 2
        guard try stream.ensure(2 + stored) else { return }
        let bytes = stream.window.dropFirst(2).prefix(value)
        annotation.text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        stream.advance(stored)
      default: return
      }
      stream.advance(2)
    }
  }

  private func end() {
    hasEnded = true
    losses.add(stream.damage ?? LogLoss(.missingEnd, byteOffset: stream.storedOffset(), record: index))
  }
}
