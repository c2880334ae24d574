extension SlidingWindow {
  /// Windows under way at once.
  static func windowsAtOnce(_ windowFrames: Int, _ hopFrames: Int) -> Int {
    precondition(windowFrames > 0 && windowFrames <= 1 << 24, "a window has 1 to 16,777,216 frames")
    precondition(hopFrames > 0 && hopFrames <= 1 << 24, "a hop is 1 to 16,777,216 frames")
    return (windowFrames + hopFrames - 1) / hopFrames
  }

  static func keepsLabels(_ rule: LabelRule, _ agreementFrames: Int) -> Bool {
    rule.needsLabels || (agreementFrames > 0 && rule != .one)
  }

  public static func bytesNeeded(
    windowFrames: Int, hopFrames: Int, labels: LabelRule = .one, agreementFrames: Int = 0
  ) -> Int {
    LentStorage<Int64>.bytesNeeded(count: windowsAtOnce(windowFrames, hopFrames))
      + (keepsLabels(labels, agreementFrames) ? LentStorage<Int32>.bytesNeeded(count: windowFrames) : 0)
  }

  /// - Parameters:
  ///   - windowFrames, hopFrames: Range `1...16_777_216`.
  ///   - gapLimitNanoseconds: Frames further apart have a gap between them.
  ///   - agreementFrames: So many frames of a window must have its label.
  ///   - memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    windowFrames: Int, hopFrames: Int, gapLimitNanoseconds: Int64, labels: LabelRule = .one,
    agreementFrames: Int = 0, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> SlidingWindow {
    let windows = windowsAtOnce(windowFrames, hopFrames)
    // SAFETY: `LentStorage` checks size and alignment; the caller promises the lifetime.
    let times = unsafe LentStorage<Int64>(count: windows, repeating: 0, unsafeMemory: memory)
    var recent: LentStorage<Int32>?
    if keepsLabels(labels, agreementFrames) {
      let rest = unsafe UnsafeMutableRawBufferPointer(
        rebasing: memory[LentStorage<Int64>.bytesNeeded(count: windows)...])
      // SAFETY: the labels follow the times, which end at a multiple of 8 bytes.
      recent = unsafe LentStorage<Int32>(count: windowFrames, repeating: 0, unsafeMemory: rest)
    }
    return SlidingWindow(
      windowFrames: windowFrames, hopFrames: hopFrames, gapLimit: gapLimitNanoseconds, rule: labels,
      agreementFrames: agreementFrames, startTimes: times, recentLabels: recent)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(
      windowFrames: Int, hopFrames: Int, gapLimitNanoseconds: Int64, labels: LabelRule = .one,
      agreementFrames: Int = 0
    ) {
      let windows = Self.windowsAtOnce(windowFrames, hopFrames)
      let times = OwnedMemory(byteCount: LentStorage<Int64>.bytesNeeded(count: windows))
      var recent: LentStorage<Int32>?
      if Self.keepsLabels(labels, agreementFrames) {
        let memory = OwnedMemory(byteCount: LentStorage<Int32>.bytesNeeded(count: windowFrames))
        recent = LentStorage(count: windowFrames, repeating: 0, owner: memory)
      }
      self.init(
        windowFrames: windowFrames, hopFrames: hopFrames, gapLimit: gapLimitNanoseconds, rule: labels,
        agreementFrames: agreementFrames, startTimes: LentStorage(count: windows, repeating: 0, owner: times),
        recentLabels: recent)
    }
  #endif
}
