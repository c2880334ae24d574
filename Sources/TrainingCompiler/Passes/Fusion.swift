import Tensors

/// Joins operations that hand a whole tensor to each other into one that needs a frame or a row of it.
///
/// * Sums and their requantisation: int32 sums of one frame instead of all.
/// * An int32 gradient and its quantisation: one frame, made twice; once for the scale, once for the values.
/// * A parameter's gradient and its update: one row of the gradient.
enum Fusion {
  static func run(_ graph: TrainingGraph) -> TrainingGraph {
    var fusion = Rewriter(graph: graph)
    fusion.graph.forward = fusion.fusedForward(graph.forward)
    fusion.graph.backward = fusion.fusedBackward(graph.backward)
    return fusion.graph
  }

  private struct Rewriter {
    var graph: TrainingGraph

    mutating func fusedForward(_ operations: [TrainingGraph.Operation]) -> [TrainingGraph.Operation] {
      var sums: [TrainingGraph.BufferID: TrainingGraph.Operation] = [:]
      var result: [TrainingGraph.Operation] = []
      for operation in operations {
        switch operation.kind {
        case .sums(let convolution, _):
          if let buffer = convolution.sums { sums[buffer] = operation }
        case .requantize(var convolution):
          guard let whole = convolution.sums, let first = sums[whole], case .sums(_, let depthwise) = first.kind else {
            preconditionFailure("sums stand before their requantisation")
          }
          let layer = first.name.dropLast(" sums".count)
          let frame = graph.addBuffer(
            "\(layer) sums", .workspace, bytes: 4 * convolution.geometry.outputChannels, alignment: 4)
          convolution.sums = frame
          result.append(
            TrainingGraph.Operation(
              name: "\(layer) forward", kind: .convolution(convolution, depthwise: depthwise),
              reads: first.reads + operation.reads.filter { $0 != whole }, writes: operation.writes + [frame]))
        default:
          result.append(operation)
        }
      }
      return result
    }

    mutating func fusedBackward(_ operations: [TrainingGraph.Operation]) -> [TrainingGraph.Operation] {
      var readers: [TrainingGraph.BufferID: Int] = [:]
      for operation in operations {
        for buffer in Set(operation.reads) { readers[buffer, default: 0] += 1 }
      }
      /// Operations that wait for the one reader of what they write.
      var waiting: [TrainingGraph.BufferID: TrainingGraph.Operation] = [:]
      var result: [TrainingGraph.Operation] = []
      for (index, operation) in operations.enumerated() {
        switch operation.kind {
        case .gradient(let gradient):
          if let whole = Self.handedOn(gradient), readers[whole] == 1,
            operations[(index + 1)...].contains(where: { Self.quantizes(whole, $0) })
          {
            waiting[whole] = operation
          } else {
            let first = gradient.source == .stored ? gradient.errors.flatMap { waiting[$0] } : nil
            result.append(fusedGradient(gradient, name: operation.name, after: first))
          }
        case .weightGradient(_, let gradient, _), .biasGradient(_, let gradient):
          waiting[gradient] = operation
        case .applyWeights(let update, let gradient, let depthwise):
          guard let first = waiting[gradient] else { preconditionFailure("a gradient stands before its update") }
          result.append(fusedUpdate(update, depthwise: depthwise, gradient: gradient, first: first, second: operation))
        case .applyBias(let update, let gradient):
          result.append(fusedUpdate(update, gradient: gradient, operation))
        default:
          result.append(operation)
        }
      }
      return result
    }

    /// The one whole int32 gradient that an operation makes.
    private static func handedOn(_ gradient: TrainingGraph.Gradient) -> TrainingGraph.BufferID? {
      gradient.outputs.count == 1 && gradient.outputs[0].kind == .int32 ? gradient.outputs[0].buffer : nil
    }

    private static func quantizes(_ whole: TrainingGraph.BufferID, _ operation: TrainingGraph.Operation) -> Bool {
      guard case .gradient(let gradient) = operation.kind else { return false }
      return gradient.source == .stored && gradient.errors == whole && gradient.addends.isEmpty
        && handedOn(gradient) == nil
    }

    private mutating func fusedGradient(
      _ gradient: TrainingGraph.Gradient, name: String, after first: TrainingGraph.Operation?
    ) -> TrainingGraph.Operation {
      var fused = gradient
      var name = name
      if let first, case .gradient(let source) = first.kind {
        fused = source
        fused.outputs = gradient.outputs
        name = first.name
      }
      fused.workspace = graph.addBuffer(
        "\(name) workspace", .workspace,
        bytes: Plan.gradientWorkspaceBytes(
          channels: fused.geometry.inputChannels, quantizedOutputs: fused.outputs.count { $0.kind == .quantized }),
        alignment: 4)
      return TrainingGraph.Operation(
        name: name, kind: .gradient(fused), reads: fused.reads, writes: fused.writes + [graph.state])
    }

    /// A bias's gradient is a sum a channel, made one by one; all at once only where a velocity needs their largest.
    private mutating func fusedUpdate(
      _ update: TrainingGraph.BiasUpdate, gradient: TrainingGraph.BufferID, _ operation: TrainingGraph.Operation
    ) -> TrainingGraph.Operation {
      var fused = update
      var result = operation
      result.reads.removeAll { $0 == gradient }
      if update.velocity != nil {
        let layer = operation.name.dropLast(" bias update".count)
        let workspace = graph.addBuffer(
          "\(layer) bias gradient", .workspace, bytes: 4 * update.channels, alignment: 4)
        fused.workspace = workspace
        result.writes.append(workspace)
      }
      result.kind = .updateBias(fused)
      return result
    }

    private mutating func fusedUpdate(
      _ update: TrainingGraph.WeightUpdate, depthwise: Bool, gradient: TrainingGraph.BufferID,
      first: TrainingGraph.Operation, second: TrainingGraph.Operation
    ) -> TrainingGraph.Operation {
      var fused = update
      let row = depthwise ? update.geometry.inputChannels : update.geometry.patchCount
      let workspace = graph.addBuffer(first.name, .workspace, bytes: 4 * row, alignment: 4)
      fused.workspace = workspace
      var reads = first.reads
      for buffer in second.reads where buffer != gradient && !reads.contains(buffer) { reads.append(buffer) }
      return TrainingGraph.Operation(
        name: second.name, kind: .updateWeights(fused, depthwise: depthwise), reads: reads,
        writes: second.writes + [workspace])
    }
  }
}
