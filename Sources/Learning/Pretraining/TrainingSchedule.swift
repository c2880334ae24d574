import TrainingCompiler

/// One training step of a whole batch, cut at the points where its shards must meet.
struct TrainingSchedule: Sendable {
  enum Step: Sendable, Hashable {
    case loadWindows
    case forward(node: Int)
    /// The shard's part of a norm's batch statistics.
    case moments(node: Int)
    case loss
    /// The shard's part of the sums that a norm's backward pass needs.
    case gradientSums(node: Int)
    case backward(node: Int)
  }

  enum Join: Sendable, Hashable {
    case moments(node: Int)
    case gradientSums(node: Int)
    case nothing
  }

  /// What each shard does alone, and what is then done once for all of them.
  struct Segment: Sendable {
    var steps: [Step]
    var join: Join
  }

  let segments: [Segment]

  /// - Parameter needsGradient: For each node, whether its backward pass is needed.
  init(graph: NetworkGraph, needsGradient: [Bool]) {
    var segments: [Segment] = []
    var steps: [Step] = [.loadWindows]
    for (index, node) in graph.nodes.enumerated() where index > 0 {
      if node.operation.isNorm {
        segments.append(Segment(steps: steps + [.moments(node: index)], join: .moments(node: index)))
        steps = []
      }
      steps.append(.forward(node: index))
    }
    steps.append(.loss)
    for (index, node) in graph.nodes.enumerated().reversed() where index > 0 && needsGradient[index] {
      if node.operation.isNorm {
        segments.append(Segment(steps: steps + [.gradientSums(node: index)], join: .gradientSums(node: index)))
        steps = []
      }
      steps.append(.backward(node: index))
    }
    segments.append(Segment(steps: steps, join: .nothing))
    self.segments = segments
  }
}
