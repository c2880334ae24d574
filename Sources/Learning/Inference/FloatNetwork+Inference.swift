public import TrainingCompiler

extension FloatNetwork {
  /// The logits of every window, `windows.count × classCount`; batch normalisation uses running statistics.
  ///
  /// Each window is computed on its own, so neither the threads nor the other windows change a bit.
  public func logits(of windows: WindowSet, threads: Int) throws(LearningError) -> [Float] {
    guard windows.count > 0 else { return [] }
    try LearningChecks.windows(windows, fit: graph.inputShape, classes: graph.classCount)
    let logits = FloatBuffer(count: windows.count * graph.classCount)
    InferenceRun.forEachChunk(of: windows, network: self, threads: threads) { _, executor, range in
      logits.base.advanced(by: range.lowerBound * graph.classCount).update(
        from: executor.logits(ofSample: 0), count: range.count * graph.classCount)
    }
    return logits.array
  }

  /// The class with the largest logit for every window; the first of equal ones.
  public func predictions(for windows: WindowSet, threads: Int) throws(LearningError) -> [Int] {
    let classes = graph.classCount
    let all = try logits(of: windows, threads: threads)
    return all.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return [] }
      return (0..<windows.count).map {
        SoftmaxCrossEntropy.argumentOfMaximum(base + $0 * classes, classes: classes)
      }
    }
  }

  /// Predictions against labels.
  public func confusion(on windows: WindowSet, threads: Int) throws(LearningError) -> ConfusionMatrix {
    ConfusionMatrix(
      labels: windows.labels, predictions: try predictions(for: windows, threads: threads),
      classes: graph.classCount)
  }
}

/// Forward passes over many windows on several threads.
enum InferenceRun {
  /// Windows that one thread computes at a time: few enough that their activations stay in its cache.
  static let chunkWindows = 8

  /// How many threads have something to do.
  static func workers(for windows: WindowSet, threads: Int) -> Int {
    max(1, min(threads, (windows.count + chunkWindows - 1) / chunkWindows))
  }

  /// Runs the network and hands each finished chunk to `body`, with the chunk's index.
  ///
  /// Sample 0 of the executor is the first window of the range. Chunks of one worker come in order; those
  /// of different workers run at the same time.
  static func forEachChunk(
    of windows: WindowSet, network: FloatNetwork, threads: Int,
    _ body: @Sendable (_ worker: Int, _ executor: FloatExecutor, _ range: Range<Int>) -> Void
  ) {
    let workers = workers(for: windows, threads: threads)
    let elements = windows.shape.elementCount
    ParallelShards.forEach(workers, threads: workers) { worker in
      let executor = FloatExecutor(
        graph: network.graph, capacity: min(chunkWindows, windows.count), shardCount: 1, purpose: .inference)
      executor.load(network)
      var start = worker * chunkWindows
      while start < windows.count {
        let range = start..<min(start + chunkWindows, windows.count)
        windows.values.withUnsafeBufferPointer { values in
          guard let base = values.baseAddress else { return }
          executor.values[0].base.update(from: base + start * elements, count: range.count * elements)
        }
        executor.forward(samples: 0..<range.count)
        body(worker, executor, range)
        start += workers * chunkWindows
      }
    }
  }
}
