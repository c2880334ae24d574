/// When the buffers of a training graph are alive, in operations of one step.
struct Lifetimes {
  /// The buffers that need room in the arena, with their requests.
  let buffers: [Int]
  let requests: [Placement.Request]
  /// Pairs of requests that may share bytes at one operation.
  let overlaps: [Placement.Overlap] = []

  init(of graph: TrainingGraph) {
    let steps = graph.step
    var first = [Int?](repeating: nil, count: graph.buffers.count)
    var last = [Int](repeating: 0, count: graph.buffers.count)
    for (t, operation) in steps.enumerated() {
      for buffer in operation.reads + operation.writes {
        first[buffer] = first[buffer] ?? t
        last[buffer] = t
      }
    }
    // The caller fills the input before the first operation, and reads logits after the last of a prediction.
    first[graph.input] = 0
    last[graph.logits] = max(last[graph.logits], graph.forward.count - 1)
    var buffers: [Int] = []
    var requests: [Placement.Request] = []
    for (index, buffer) in graph.buffers.enumerated() {
      switch buffer.storage {
      case .constant:
        continue
      case .persistent:
        requests.append(
          Placement.Request(
            byteCount: buffer.byteCount, alignment: buffer.alignment, first: 0, last: max(0, steps.count - 1)))
      case .arena:
        guard let start = first[index] else { continue }
        requests.append(
          Placement.Request(byteCount: buffer.byteCount, alignment: buffer.alignment, first: start, last: last[index]))
      }
      buffers.append(index)
    }
    self.buffers = buffers
    self.requests = requests
  }
}
