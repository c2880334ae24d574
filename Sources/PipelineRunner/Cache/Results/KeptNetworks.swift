import Learning
import TrainingCompiler

/// A pretrained network without its graph, which the pipeline describes.
struct KeptNetwork: KeptResult {
  var parameters: [NodeParameters]
  var epochs: [EpochSummary]
  var statistics: ChannelStatistics?

  init(_ network: FloatNetwork, epochs: [EpochSummary], statistics: ChannelStatistics?) {
    parameters = network.parameters
    self.epochs = epochs
    self.statistics = statistics
  }

  /// Nil where the numbers are not those of such a graph.
  func network(_ graph: NetworkGraph) -> FloatNetwork? {
    let sample = FloatNetwork(initializing: graph, with: .kaimingNormal, seed: 0)
    let sizes = parameters.map { $0.arrays.map(\.count) }
    guard sizes == sample.parameters.map({ $0.arrays.map(\.count) }) else { return nil }
    return FloatNetwork(graph: graph, parameters: parameters)
  }

  func write(to writer: inout ResultWriter) {
    writer.add(json: epochs)
    writer.add(statistics?.mean ?? [])
    writer.add(statistics?.deviation ?? [])
    writer.add(parameters) { writer, node in
      for array in node.arrays { writer.add(array) }
    }
  }

  init(from reader: inout ResultReader) throws(ResultDamage) {
    epochs = try reader.json()
    let (mean, deviation) = (try reader.doubles(), try reader.doubles())
    guard mean.count == deviation.count, deviation.allSatisfy({ $0 > 0 }) else {
      throw ResultDamage("its statistics divide by nothing")
    }
    statistics = mean.isEmpty ? nil : ChannelStatistics(mean: mean, deviation: deviation)
    parameters = try reader.array { reader throws(ResultDamage) in
      var node = NodeParameters()
      var arrays: [[Float]] = []
      for _ in 0..<6 { arrays.append(try reader.floats()) }
      node.arrays = arrays
      return node
    }
  }
}

/// What calibration found: the int8 network follows from it and the float32 one.
struct KeptCalibration: KeptResult {
  var ranges: [ClosedRange<Float>]
  var scores: ChannelScores?

  init(ranges: [ClosedRange<Float>], scores: ChannelScores?) {
    self.ranges = ranges
    self.scores = scores
  }

  func write(to writer: inout ResultWriter) {
    writer.add(ranges.flatMap { [$0.lowerBound, $0.upperBound] })
    writer.add(scores == nil ? 0 : 1)
    writer.add(scores?.layers ?? []) { $0.add($1) }
  }

  init(from reader: inout ResultReader) throws(ResultDamage) {
    let limits = try reader.floats()
    guard limits.count.isMultiple(of: 2) else { throw ResultDamage("a range has one limit") }
    ranges = []
    for index in stride(from: 0, to: limits.count, by: 2) {
      guard limits[index] <= limits[index + 1] else { throw ResultDamage("a range ends before it begins") }
      ranges.append(limits[index]...limits[index + 1])
    }
    let hasScores = try reader.int() == 1
    let layers = try reader.array { reader throws(ResultDamage) in try reader.doubles() }
    scores = hasScores ? ChannelScores(layers: layers) : nil
  }
}
