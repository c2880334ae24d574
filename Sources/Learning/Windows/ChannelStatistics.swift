/// The mean and the standard deviation of each channel.
public struct ChannelStatistics: Sendable, Hashable {
  public var mean: [Double]
  /// Population standard deviation; 1 for a channel that never changes, which then becomes zero.
  public var deviation: [Double]

  public init(mean: [Double], deviation: [Double]) {
    precondition(mean.count == deviation.count, "every channel has a mean and a deviation")
    precondition(deviation.allSatisfy { $0 > 0 }, "a deviation divides")
    self.mean = mean
    self.deviation = deviation
  }

  /// Over all frames of the chosen windows, in Double, with two passes.
  ///
  /// Statistics of training subjects only: those of a test subject would tell the network about it.
  /// - Precondition: At least one window, and values as recorded.
  public init(of windows: WindowSet, indices: [Int]) {
    precondition(!indices.isEmpty, "statistics need a window")
    precondition(windows.normalization == nil, "the values are normalised already")
    let channels = windows.shape.channels
    let count = Double(indices.count * windows.shape.length)
    var mean = Array(repeating: 0.0, count: channels)
    for index in indices {
      for (offset, value) in windows.window(index).enumerated() { mean[offset % channels] += Double(value) }
    }
    for channel in 0..<channels { mean[channel] /= count }
    var square = Array(repeating: 0.0, count: channels)
    for index in indices {
      for (offset, value) in windows.window(index).enumerated() {
        let distance = Double(value) - mean[offset % channels]
        square[offset % channels] += distance * distance
      }
    }
    self.mean = mean
    // A channel that rounding alone moves is a constant one.
    deviation = (0..<channels).map { channel in
      let deviation = (square[channel] / count).squareRoot()
      return deviation > 1e-12 * max(1, abs(mean[channel])) ? deviation : 1
    }
  }
}

extension WindowSet {
  /// `(value − mean) / deviation`, each channel with its own; the statistics are remembered.
  ///
  /// - Precondition: The values are as recorded, and the statistics have their number of channels.
  public mutating func normalize(with statistics: ChannelStatistics) {
    precondition(normalization == nil, "the values are normalised already")
    precondition(statistics.mean.count == shape.channels, "every channel has its statistics")
    let channels = shape.channels
    for index in values.indices {
      let channel = index % channels
      values[index] = Float((Double(values[index]) - statistics.mean[channel]) / statistics.deviation[channel])
    }
    normalization = statistics
  }

  public func normalized(with statistics: ChannelStatistics) -> WindowSet {
    var result = self
    result.normalize(with: statistics)
    return result
  }
}
