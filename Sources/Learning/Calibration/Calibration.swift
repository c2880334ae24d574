public import TrainingCompiler

/// Observes which values flow through a network, so that quantisation can choose its scales.
public enum Calibration {
  public enum Method: Sendable, Hashable {
    /// The smallest and the largest value seen.
    case minMax
    /// The range without the `1 − share` outermost values, half of them at each end; 0.5 < share ≤ 1.
    /// From a histogram of 8,192 bins between the extremes, so exact to that fraction of them.
    case percentile(Double)
  }

  /// How the input's range is chosen.
  public enum InputMethod: Sendable, Hashable {
    /// `−q...q`, where `q` is this quantile of the absolute values (linear between neighbours).
    ///
    /// Sensor windows have a few large spikes; a range that holds them all wastes bits on every sample.
    case absoluteQuantile(Double)
    /// As the other nodes.
    case sameAsOthers
  }

  private static let bins = 8192

  /// The range of each node's output over all windows, parallel to the graph's nodes.
  ///
  /// The result does not depend on threads: extremes and counts are exact whatever their order.
  ///
  /// - Throws: If the windows do not fit, or if the network is not folded, whose ranges would be of no use.
  public static func ranges(
    of network: FloatNetwork, on windows: WindowSet, method: Method = .minMax,
    input: InputMethod = .absoluteQuantile(0.9995), threads: Int = 1
  ) throws(LearningError) -> [ClosedRange<Float>] {
    let graph = network.graph
    try LearningChecks.windows(windows, fit: graph.inputShape, classes: graph.classCount)
    if let norm = graph.nodes.first(where: { $0.operation.isNorm }) {
      throw .batchNormalizationLeft(node: norm.name)
    }
    if case .percentile(let share) = method { try check(share, name: "calibration percentile") }
    if case .absoluteQuantile(let share) = input { try check(share, name: "input quantile of the calibration") }
    var ranges = extremes(of: network, on: windows, threads: threads)
    for (node, range) in zip(graph.nodes, ranges) where !(range.upperBound - range.lowerBound).isFinite {
      throw .activationNotFinite(node: node.name)
    }
    if case .percentile(let share) = method, share < 1 {
      ranges = percentiles(of: network, on: windows, within: ranges, share: share, threads: threads)
    }
    if case .absoluteQuantile(let share) = input {
      let limit = absoluteQuantile(of: windows.values, share: share)
      ranges[0] = -limit...limit
    }
    return ranges
  }

  private static func check(_ share: Double, name: String) throws(LearningError) {
    guard share > 0.5 && share <= 1 else {
      throw .invalidSetting(name: name, value: "\(share)", allowed: "above 0.5 and at most 1")
    }
  }

  /// For each node the least and the greatest value. Every worker has its own row of results.
  private static func extremes(
    of network: FloatNetwork, on windows: WindowSet, threads: Int
  ) -> [ClosedRange<Float>] {
    let nodes = network.graph.nodes
    let workers = max(threads, 1)
    let low = FloatBuffer(count: workers * nodes.count)
    let high = FloatBuffer(count: workers * nodes.count)
    low.fill(with: .infinity)
    high.fill(with: -.infinity)
    InferenceRun.forEachChunk(of: windows, network: network, threads: workers) { worker, executor, range in
      for (index, node) in nodes.enumerated() {
        let values = executor.values[index].base
        var least = low.base[worker * nodes.count + index]
        var greatest = high.base[worker * nodes.count + index]
        for element in 0..<range.count * node.shape.elementCount {
          let value = values[element]
          // Not a number compares false with everything: it must not pass unseen.
          guard value.isFinite else {
            greatest = .infinity
            break
          }
          least = min(least, value)
          greatest = max(greatest, value)
        }
        low.base[worker * nodes.count + index] = least
        high.base[worker * nodes.count + index] = greatest
      }
    }
    return nodes.indices.map { index in
      let least = (0..<workers).map { low.base[$0 * nodes.count + index] }.min() ?? 0
      let greatest = (0..<workers).map { high.base[$0 * nodes.count + index] }.max() ?? 0
      return min(least, greatest)...greatest
    }
  }

  private static func percentiles(
    of network: FloatNetwork, on windows: WindowSet, within ranges: [ClosedRange<Float>], share: Double,
    threads: Int
  ) -> [ClosedRange<Float>] {
    let nodes = network.graph.nodes
    let workers = InferenceRun.workers(for: windows, threads: threads)
    let counts = CountBuffer(count: workers * nodes.count * bins)
    InferenceRun.forEachChunk(of: windows, network: network, threads: workers) { worker, executor, range in
      for (index, node) in nodes.enumerated() {
        let width = ranges[index].upperBound - ranges[index].lowerBound
        guard width > 0 else { continue }
        let own = counts.base + (worker * nodes.count + index) * bins
        let values = executor.values[index].base
        for element in 0..<range.count * node.shape.elementCount {
          let position = (values[element] - ranges[index].lowerBound) / width * Float(bins)
          own[min(bins - 1, max(0, Int(position)))] += 1
        }
      }
    }
    return nodes.indices.map { index in
      let histogram = (0..<bins).map { bin in
        (0..<workers).reduce(0) { $0 + counts.base[($1 * nodes.count + index) * bins + bin] }
      }
      return trimmed(ranges[index], histogram: histogram, share: share)
    }
  }

  /// Cuts the tails, half of `1 − share` at each end, at bin borders that keep at least `share`.
  private static func trimmed(
    _ range: ClosedRange<Float>, histogram: [Int], share: Double
  ) -> ClosedRange<Float> {
    let width = range.upperBound - range.lowerBound
    guard width > 0 else { return range }
    let dropped = Int(Double(histogram.reduce(0, +)) * (1 - share) / 2)
    func emptyBins(_ order: some Sequence<Int>) -> Int {
      var seen = 0
      var cut = 0
      for bin in order {
        seen += histogram[bin]
        if seen > dropped { break }
        cut += 1
      }
      return cut
    }
    let low = range.lowerBound + width * Float(emptyBins(0..<bins)) / Float(bins)
    let high = range.upperBound - width * Float(emptyBins((0..<bins).reversed())) / Float(bins)
    return low...max(low, high)
  }

  private static func absoluteQuantile(of values: [Float], share: Double) -> Float {
    let sorted = values.map(abs).sorted()
    let position = share * Double(sorted.count - 1)
    let index = min(Int(position), sorted.count - 1)
    let next = min(index + 1, sorted.count - 1)
    let part = position - Double(index)
    return Float(Double(sorted[index]) * (1 - part) + Double(sorted[next]) * part)
  }
}

/// Counts that workers write apart from each other.
private final class CountBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Int>

  init(count: Int) {
    base = UnsafeMutablePointer<Int>.allocate(capacity: count)
    base.initialize(repeating: 0, count: count)
  }

  deinit {
    base.deallocate()
  }
}
