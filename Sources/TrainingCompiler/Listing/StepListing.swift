extension TrainingGraph {
  /// The step as text: every operation with what it reads and writes, in bytes.
  public var listing: String {
    var lines: [String] = []
    func append(_ title: String, _ operations: [Operation], from first: Int) {
      guard !operations.isEmpty else { return }
      lines.append("\(title): \(Listing.count(operations.count, "operation"))")
      for (index, operation) in operations.enumerated() {
        lines.append("\(first + index)  \(operation.name): \(operation.kind.summary)")
        lines.append("    reads   \(names(operation.reads))")
        lines.append("    writes  \(names(operation.writes))")
        for overlap in operation.overlaps {
          lines.append(
            "    may write \(buffers[overlap.output].name) over \(buffers[overlap.input].name), "
              + "which begins \(overlap.lead) bytes behind it or more")
        }
      }
    }
    append("before the first step", initial, from: 0)
    append("forward", forward, from: 0)
    append("backward", backward, from: forward.count)
    lines.append("")
    lines.append("bytes, every buffer apart")
    for (title, bytes) in bytesApart { lines.append("  \(title): \(bytes)") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Bytes of all buffers in use where none shares memory with another: in the arena by purpose, their sum, and
  /// constants.
  public var bytesApart: [(title: String, bytes: Int)] {
    var sums: [String: Int] = [:]
    var constants = 0
    for index in usedBuffers {
      let buffer = buffers[index]
      if case .constant = buffer.storage {
        constants += buffer.byteCount
      } else {
        sums[buffer.role.rawValue, default: 0] += buffer.byteCount
      }
    }
    return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      + [("all in the arena", sums.values.reduce(0, +)), ("constants", constants)]
  }

  private func names(_ ids: [BufferID]) -> String {
    var seen: Set<BufferID> = []
    return ids.filter { seen.insert($0).inserted }.map { id in
      let place: String =
        switch buffers[id].storage {
        case .arena: ""
        case .persistent: ", kept"
        case .constant: ", constant"
        }
      return "\(buffers[id].name) (\(buffers[id].byteCount)\(place))"
    }.joined(separator: ", ")
  }
}

extension TrainingGraph.Kind {
  var summary: String {
    switch self {
    case .copy: "copy"
    case .clear: "clear"
    case .copyChannels(_, let shape, let kept, _): "copy of \(kept) of \(shape.channels) channels"
    case .sums(_, let depthwise): depthwise ? "depthwise sums, int32" : "sums, int32"
    case .requantize: "to int8"
    case .convolution(_, let depthwise): depthwise ? "depthwise convolution" : "convolution"
    case .logits: "logits, int32"
    case .residualAdd: "add"
    case .averagePool: "average pool"
    case .maxPool: "max pool"
    case .loss: "softmax cross-entropy and its gradient"
    case .gradient(let gradient): gradient.summary
    case .weightGradient(_, _, let depthwise): depthwise ? "depthwise weight gradient" : "weight gradient"
    case .applyWeights: "descend"
    case .updateWeights(_, let depthwise): "\(depthwise ? "depthwise " : "")weight gradient and descent, row by row"
    case .biasGradient: "bias gradient"
    case .applyBias: "descend"
    case .updateBias: "bias gradient and descent"
    }
  }
}

extension TrainingGraph.Gradient {
  fileprivate var summary: String {
    let from: String =
      switch source {
      case .none: "sum of gradients"
      case .convolution: "gradient through a convolution"
      case .depthwiseConvolution: "gradient through a depthwise convolution"
      case .stored: "stored gradient"
      case .averagePool: "gradient through an average pool"
      case .maxPool: "gradient through a max pool"
      }
    let added = addends.isEmpty ? "" : ", plus \(Listing.count(addends.count, "stored gradient"))"
    return from + added + (outputs.contains { $0.kind == .int32 } ? ", int32" : ", quantized")
  }
}
