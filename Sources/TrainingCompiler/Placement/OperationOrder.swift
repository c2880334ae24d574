/// Proof that the operations of a step stand in an order that computes what lowering meant.
enum OperationOrder {
  /// What is wrong with an order; buffers and operations are named by their index.
  enum Fault: Error, Sendable, Hashable {
    /// The operation reads bytes that nothing wrote in this step.
    case readBeforeWritten(buffer: Int, operation: Int)
    /// The operation overwrites what an earlier one has read already, or had written for another reader.
    case writtenAfterRead(buffer: Int, operation: Int)
    /// The operation reads a parameter that an earlier one has updated: gradients are those of the weights with which
    /// the step began.
    case readAfterUpdate(buffer: Int, operation: Int)
  }

  /// Every buffer of a step is made once, then read; parameters are read, then updated. The input is there from the
  /// start, and the engine's state may be read and written in any order.
  static func verify(_ graph: TrainingGraph) throws(Fault) {
    var isWritten = [Bool](repeating: false, count: graph.buffers.count)
    var isRead = isWritten
    isWritten[graph.input] = true
    for (t, operation) in graph.step.enumerated() {
      for buffer in operation.reads {
        switch graph.buffers[buffer].storage {
        case .constant: continue
        case .arena:
          guard isWritten[buffer] else { throw .readBeforeWritten(buffer: buffer, operation: t) }
        case .persistent:
          let isState = graph.buffers[buffer].role == .state
          guard isState || !isWritten[buffer] else { throw .readAfterUpdate(buffer: buffer, operation: t) }
        }
        isRead[buffer] = true
      }
      for buffer in operation.writes {
        if case .arena = graph.buffers[buffer].storage, isRead[buffer] {
          throw .writtenAfterRead(buffer: buffer, operation: t)
        }
        isWritten[buffer] = true
      }
    }
  }
}
