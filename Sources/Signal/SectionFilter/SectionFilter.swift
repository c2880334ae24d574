/// One second-order section of a recursive filter, `a0` being 1, in single precision.
public struct FilterSection: Sendable, Hashable, BitwiseCopyable {
  public var b0, b1, b2, a1, a2: Float
  /// The two states in which the section rests while the whole filter's input is 1 and always was.
  public var rest1, rest2: Float

  public init(b0: Float, b1: Float, b2: Float, a1: Float, a2: Float, rest1: Float = 0, rest2: Float = 0) {
    (self.b0, self.b1, self.b2, self.a1, self.a2) = (b0, b1, b2, a1, a2)
    (self.rest1, self.rest2) = (rest1, rest2)
  }
}

/// A causal recursive filter: second-order sections one after the other, each channel on its own.
///
/// Transposed direct form II, in single precision and one order of operations. A new segment starts as if its first frame
/// had stood for ever, so that a constant passes without a swing.
@safe public struct SectionFilter: ~Copyable, Sendable {
  public static var mostSections: Int { 16 }

  public let channels: Int
  public let sectionCount: Int

  private let sections: LentStorage<FilterSection>
  /// Two states for each section of each channel.
  private let states: LentStorage<Float>
  private var isStarting = true

  public static func bytesNeeded(channels: Int, sections: Int) -> Int {
    StorageCutter.bytes(FilterSection.self, count: sections)
      + StorageCutter.bytes(Float.self, count: 2 * sections * channels)
  }

  /// - Parameters:
  ///   - sections: In the order in which a value passes them. Range of their number: `1...16`.
  ///   - memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    channels: Int, sections: Span<FilterSection>, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> SectionFilter {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return SectionFilter(channels, sections, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int, sections: [FilterSection]) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels, sections: sections.count))
      self.init(channels, sections.span, &cutter)
    }
  #endif

  private init(_ channels: Int, _ given: Span<FilterSection>, _ cutter: inout StorageCutter) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(given.count >= 1 && given.count <= Self.mostSections, "a filter has 1 to 16 sections")
    self.channels = channels
    sectionCount = given.count
    sections = cutter.take(given.count, FilterSection(b0: 1, b1: 0, b2: 0, a1: 0, a2: 0))
    states = cutter.take(2 * given.count * channels, 0)
    sections.copy(given, to: 0)
  }

  /// The next frame begins a segment.
  public mutating func restart() {
    isStarting = true
  }

  /// Replaces the next frame's values by the filter's output.
  public mutating func filter(_ values: inout MutableSpan<Float>) {
    precondition(values.count == channels, "a frame has a value for each channel")
    if isStarting {
      for channel in 0..<channels { settle(channel, on: values[channel]) }
      isStarting = false
    }
    for channel in 0..<channels {
      var value = values[channel]
      for index in 0..<sectionCount {
        let section = sections[index]
        let state = 2 * (channel * sectionCount + index)
        let output = section.b0 * value + states[state]
        states[state] = section.b1 * value - section.a1 * output + states[state + 1]
        states[state + 1] = section.b2 * value - section.a2 * output
        value = output
      }
      values[channel] = value
    }
  }

  private func settle(_ channel: Int, on value: Float) {
    for index in 0..<sectionCount {
      let state = 2 * (channel * sectionCount + index)
      states[state] = sections[index].rest1 * value
      states[state + 1] = sections[index].rest2 * value
    }
  }
}
