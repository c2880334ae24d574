/// Segments of a recording whose format has annotations only: a mark `segment N` begins one, which holds until the next.
///
/// The writers of EDF and WFDB leave such marks, so that windows do not span borders after a conversion either.
struct SegmentMarks {
  private var held = HeldLabels()

  var isEmpty: Bool { held.isEmpty }

  static func text(_ segment: Int32) -> String { "segment \(segment)" }

  /// - Returns: Whether the text is a mark, and was taken.
  mutating func add(_ text: String, from start: Int64) -> Bool {
    guard text.hasPrefix("segment "), text.utf8.count <= 18, let number = Int32(text.dropFirst(8)), number >= 0 else {
      return false
    }
    return held.addUntilNext(number, from: start)
  }

  /// 0 before the first mark.
  @inline(__always)
  mutating func segment(at time: Int64) -> Int32 { held.isEmpty ? 0 : max(0, held.label(at: time)) }
}
