import Learning
import Tensors
import TrainingCompiler

/// The same adaptation in float32: the same people, windows, order and learning rate, without rounding.
struct FloatTreatment {
  let treatment: Treatment
  let network: StudyNetwork
  private let deployment: Deployment

  init(_ treatment: Treatment, of network: StudyNetwork) throws {
    self.treatment = treatment
    self.network = network
    deployment = try Measurements.deployment(network, treatment)
  }

  func accuracies(threads: Int) throws -> [Double] {
    let scheme = try UpdateScheme(tensors: treatment.tensors, of: network.quantized)
    let updates = try network.folded.graph.nodes.map { node -> FloatAdapter.NodeUpdate in
      guard let n = network.quantized.nodes.firstIndex(where: { $0.name == node.name }) else { return .frozen }
      let update = scheme.updates[n]
      guard update.weights == .none || update.weights == .all else {
        throw Failure("a share of \(node.name) is not adapted in float32")
      }
      return FloatAdapter.NodeUpdate(weights: update.weights == .all, bias: update.bias)
    }
    let rate: FloatAdapter.Rate
    switch treatment.schedule {
    case .constant: rate = .constant(Float(treatment.rate))
    case .linear: rate = .linearToZero(Float(treatment.rate))
    default: throw Failure("float32 adapts at a constant or a linear rate only")
    }
    let jobs = deployment.subjects.indices.map { s in
      let seed = CounterRandom.adaptationSeed(seed: treatment.seed(of: network), subject: s)
      let adapt = deployment.subjects[s].adapt
      return FloatAdapter.Job(
        network: network.folded, windows: network.windows,
        order: (0..<treatment.epochs).flatMap { epoch in
          CounterRandom.order(of: adapt.count, seed: seed, epoch: epoch).map { adapt[$0] }
        }, updates: updates, rate: rate)
    }
    // A rate too high makes numbers infinite: whoever it happens to has learnt nothing.
    let chance = 1 / Double(network.windows.classNames.count)
    return try FloatAdapter.outcomes(jobs, threads: threads).enumerated().map { s, outcome in
      if case .failure(.diverged) = outcome { return chance }
      let adapted = try outcome.get().network
      let test = network.windows.subset(deployment.subjects[s].test)
      let predictions = try adapted.predictions(for: test, threads: threads)
      return Double(zip(predictions, test.labels).count { $0 == $1 }) / Double(max(1, test.count))
    }
  }
}
