import Synchronization
import Tensors
import Training
import TrainingCompiler

extension Deployment {
  /// What each tensor is worth by the size of its gradients: how far a full training moves it, by name.
  ///
  /// With plain descent a step lowers the loss by `g · Δw` to first order, and `Δw` is proportional to `g`; so
  /// the squared change of a tensor, in real units and summed over its numbers, tells tensors apart. Mean over
  /// the subjects, after one epoch. A tensor's channels are taken to have one scale, their root mean square.
  public func gradientValues(
    threads: Int, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(SearchError) -> [String: Double] {
    let plan: TrainingPlan
    do {
      plan = try TrainingPlan.compile(network, scheme: .full(network), options: adaptation.options, effort: .quick)
    } catch {
      throw .compilation(error)
    }
    let changes = Mutex<[[String: Double]]>(subjects.map { _ in [:] })
    ParallelShards.forEach(subjects.count, threads: threads) { index in
      let found = change(of: plan, subject: subjects[index], isCancelled: isCancelled)
      changes.withLock { $0[index] = found }
    }
    if isCancelled() { throw .cancelled }
    let all = changes.withLock { $0 }
    var values: [String: Double] = [:]
    for tensor in ParameterTensor.all(of: network) {
      let name = tensor.name(in: network)
      values[name] = all.reduce(0) { $0 + ($1[name] ?? 0) } / Double(subjects.count)
    }
    return values
  }

  private func change(
    of plan: TrainingPlan, subject: Subject, isCancelled: @Sendable () -> Bool
  ) -> [String: Double] {
    do {
      let session = try TrainingSession(
        plan: plan, learningRate: LearningRate(rate: RuntimeScale(adaptation.learningRate)),
        seed: adaptation.seeds[0])
      let tensors = ParameterTensor.all(of: network)
      let before = tensors.map { session.persistentBytes(named: $0.name(in: network)) ?? [] }
      for index in subject.adapt {
        if isCancelled() { return [:] }
        session.step(windows.window(index), label: windows.labels[index])
      }
      var changes: [String: Double] = [:]
      for (tensor, old) in zip(tensors, before) {
        let new = session.persistentBytes(named: tensor.name(in: network)) ?? []
        changes[tensor.name(in: network)] = squaredChange(of: tensor, from: old, to: new)
      }
      return changes
    } catch {
      preconditionFailure("a plan runs in the arena that it asks for: \(error)")
    }
  }

  /// In real units.
  private func squaredChange(of tensor: ParameterTensor, from old: [UInt8], to new: [UInt8]) -> Double {
    let node = network.nodes[tensor.node]
    let meanSquare = node.weightScales.reduce(0) { $0 + Double($1) * Double($1) } / Double(node.weightScales.count)
    switch tensor.part {
    case .weights:
      return meanSquare
        * zip(old, new).reduce(0) { sum, pair in
          let change = Double(Int8(bitPattern: pair.1)) - Double(Int8(bitPattern: pair.0))
          return sum + change * change
        }
    case .bias:
      let inputScale = Double(network.nodes[node.inputs[0]].output.scale)
      return meanSquare * inputScale * inputScale
        * zip(Self.int32s(old), Self.int32s(new)).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
    }
  }

  private static func int32s(_ bytes: [UInt8]) -> [Double] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      Double(Int32(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }))
    }
  }
}
