/// One subject's windows in two parts: the first part of each piece, in recorded order, adapts, the rest tests.
public struct AdaptationSplit: Sendable, Hashable {
  /// What a piece is.
  public enum Pieces: Sendable, Hashable {
    /// All windows of a class.
    case classes
    /// Windows of a class that were recorded without a break.
    case series
  }

  public var adapt: [Int]
  public var test: [Int]

  /// Splits windows so that no window that adapts shares a sample with one that tests: those of the first
  /// part that overlap the second are left out.
  ///
  /// - Parameters:
  ///   - indices: The subject's windows in recorded order.
  ///   - fraction: 0...1, rounded down to whole windows in each piece.
  public init(of windows: WindowSet, indices: [Int], fraction: Double, pieces: Pieces = .classes) {
    var adapt: [Int] = []
    var test: [Int] = []
    for piece in Self.pieces(of: windows, indices, pieces) {
      let count = Int((Double(piece.count) * fraction).rounded(.down))
      adapt += piece.prefix(count)
      test += piece.dropFirst(count)
    }
    adapt.sort()
    test.sort()
    let overlapping = Set(windows.subset(adapt).indicesOverlapping(windows.subset(test)))
    self.adapt = adapt.enumerated().filter { !overlapping.contains($0.offset) }.map(\.element)
    self.test = test
  }

  private static func pieces(of windows: WindowSet, _ indices: [Int], _ kind: Pieces) -> [[Int]] {
    switch kind {
    case .classes:
      return windows.classNames.indices.map { label in indices.filter { windows.labels[$0] == label } }
    case .series:
      var series: [[Int]] = []
      for index in indices {
        if let last = series.last?.last, windows.stretches[last] == windows.stretches[index],
          windows.labels[last] == windows.labels[index]
        {
          series[series.count - 1].append(index)
        } else {
          series.append([index])
        }
      }
      return series
    }
  }
}
