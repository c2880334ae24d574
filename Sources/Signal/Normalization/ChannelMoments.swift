#if !hasFeature(Embedded)
  /// Mean and standard deviation of each channel in double precision, for the host: statistics of training subjects.
  ///
  /// After Welford 1962, "Note on a method for calculating corrected sums of squares and products"; two of them
  /// are joined as in Chan, Golub and LeVeque 1979. The order of additions decides the last bits, so add and join
  /// in a fixed order.
  public struct ChannelMoments: Sendable, Hashable {
    public let channels: Int
    public private(set) var frames = 0
    private var means: [Double]
    private var squares: [Double]

    public init(channels: Int) {
      precondition(channels > 0, "a frame has at least one channel")
      self.channels = channels
      means = Array(repeating: 0, count: channels)
      squares = means
    }

    /// Adds whole frames, frame-major.
    public mutating func add(_ values: Span<Float>) {
      precondition(values.count % channels == 0, "statistics take whole frames")
      for start in stride(from: 0, to: values.count, by: channels) {
        frames += 1
        for channel in 0..<channels {
          let value = Double(values[start + channel])
          let difference = value - means[channel]
          means[channel] += difference / Double(frames)
          squares[channel] += difference * (value - means[channel])
        }
      }
    }

    /// Adds what another one has seen.
    public mutating func add(_ other: ChannelMoments) {
      precondition(other.channels == channels, "only statistics of the same channels are joined")
      guard other.frames > 0 else { return }
      let total = Double(frames + other.frames)
      for channel in 0..<channels {
        let difference = other.means[channel] - means[channel]
        squares[channel] +=
          other.squares[channel] + difference * difference * Double(frames) * Double(other.frames) / total
        means[channel] += difference * Double(other.frames) / total
      }
      frames += other.frames
    }

    public var mean: [Float] { means.map { Float($0) } }

    /// Of the population; 0 for a channel that never changes.
    public var standardDeviation: [Float] {
      squares.map { frames > 0 ? Float(($0 / Double(frames)).squareRoot()) : 0 }
    }

    /// What a normalised value is multiplied by; 1 for a channel that never changes (see `ChannelStatistics`).
    public var inverseDeviation: [Float] {
      zip(mean, standardDeviation).map { mean, deviation in
        deviation > mean.magnitude * 1e-6 && deviation > 1e-12 ? 1 / deviation : 1
      }
    }
  }
#endif
