/// When the buffers of a training graph are alive, in operations of one step.
struct Lifetimes {
  /// The buffers that need room in the arena, with their requests.
  let buffers: [Int]
  let requests: [Placement.Request]
  /// Pairs of requests that may share bytes at one operation.
  let overlaps: [Placement.Overlap]

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
    var slots: [Int: Int] = [:]
    var buffers: [Int] = []
    var requests: [Placement.Request] = []
    for (index, buffer) in graph.buffers.enumerated() {
      switch buffer.storage {
      case .constant:
        continue
      case .persistent:
        guard first[index] != nil || index == graph.state else { continue }
        requests.append(
          Placement.Request(
            byteCount: buffer.byteCount, alignment: buffer.alignment, first: 0, last: max(0, steps.count - 1)))
      case .arena:
        guard let start = first[index] else { continue }
        requests.append(
          Placement.Request(byteCount: buffer.byteCount, alignment: buffer.alignment, first: start, last: last[index]))
      }
      slots[index] = buffers.count
      buffers.append(index)
    }
    // Leave to work in place is good where the operation is the input's last and the output's first.
    var overlaps: [Placement.Overlap] = []
    for (t, operation) in steps.enumerated() {
      for overlap in operation.overlaps
      where graph.buffers[overlap.input].storage == .arena && graph.buffers[overlap.output].storage == .arena
        && last[overlap.input] == t && first[overlap.output] == t
      {
        guard let input = slots[overlap.input], let output = slots[overlap.output] else { continue }
        overlaps.append(Placement.Overlap(input: input, output: output, lead: overlap.lead))
      }
    }
    self.overlaps = overlaps
    self.buffers = buffers
    self.requests = requests
  }
}
