import Learning
import PipelineModel
import Tensors
import TrainingCompiler

/// One way of adapting.
struct Recipe: Sendable {
  enum Scheme: String, Sendable {
    case full
    case lastTwoBlocks = "last two blocks"
    case biasesAndLast = "biases + last layer"
    case lastLayer = "last layer"

    func compiled(for network: QuantizedNetwork) throws -> TrainingCompiler.UpdateScheme {
      switch self {
      case .full: .full(network)
      case .lastTwoBlocks: try .lastBlocks(2, of: network)
      case .biasesAndLast: .biasesAndLastLayer(network)
      case .lastLayer: .lastLayer(network)
      }
    }
  }

  enum Arithmetic: Sendable {
    case float32
    case int8(TrainingOptions)

    var name: String {
      switch self {
      case .float32: return "float32"
      case .int8(let options):
        let scaling = options.scaling == .quantizationAware ? "QAS" : "no QAS"
        switch options.rounding {
        case .stochastic: return "int8, \(scaling), stochastic"
        case .nearest: return "int8, \(scaling), nearest"
        case .errorFeedback: return "int8, \(scaling), error feedback"
        }
      }
    }
  }

  var scheme: Scheme
  var arithmetic: Arithmetic
  var falls = false
  /// Tried on the tuning subjects.
  var rates: [Double]

  static let epochs = 5
  static let fullRates = [0.0003, 0.001, 0.003, 0.01, 0.03]
  static let wideRates = [0.003, 0.01, 0.03, 0.1, 0.3]
  static let integerRates: [Double] = [10, 100, 300, 1000, 3000]

  var name: String { "\(scheme.rawValue)\(falls ? ", rate falls to 0" : "") | \(arithmetic.name)" }

  static var all: [Recipe] {
    let int8 = Arithmetic.int8(TrainingOptions())
    let nearest = Arithmetic.int8(TrainingOptions(rounding: .nearest))
    var recipes: [Recipe] = []
    for arithmetic in [Arithmetic.float32, int8] {
      recipes += [
        Recipe(scheme: .full, arithmetic: arithmetic, rates: fullRates),
        Recipe(scheme: .full, arithmetic: arithmetic, falls: true, rates: fullRates),
        Recipe(scheme: .lastTwoBlocks, arithmetic: arithmetic, rates: fullRates),
        Recipe(scheme: .biasesAndLast, arithmetic: arithmetic, rates: wideRates),
        Recipe(scheme: .lastLayer, arithmetic: arithmetic, rates: wideRates),
      ]
    }
    return recipes + [
      Recipe(scheme: .full, arithmetic: nearest, rates: fullRates),
      Recipe(scheme: .full, arithmetic: nearest, falls: true, rates: fullRates),
      Recipe(scheme: .full, arithmetic: .int8(TrainingOptions(rounding: .errorFeedback)), rates: fullRates),
      Recipe(scheme: .full, arithmetic: .int8(TrainingOptions(scaling: .none)), rates: integerRates),
    ]
  }

  /// The recipes that are compared with float32 at equal rates.
  static var paired: [(name: String, arithmetic: Arithmetic)] {
    [
      ("float32", .float32), ("int8, QAS, stochastic", .int8(TrainingOptions())),
      ("int8, QAS, nearest", .int8(TrainingOptions(rounding: .nearest))),
    ]
  }
}

/// Accuracies before and after adaptation, by network and subject.
struct Accuracies: Codable, Sendable {
  var before: [[Double]]
  var after: [[Double]]

  /// Over the networks, each the mean of its subjects.
  var afterByNetwork: Summary { Summary(after.map { Summary($0).mean }) }
  var beforeMean: Double { Summary(before.map { Summary($0).mean }).mean }
}

extension Recordings {
  /// Adapts every network to every subject with a recipe at a rate.
  func adapt(
    _ recipe: Recipe, rate: Double, networks: [Network], subjects: [String], threads: Int
  ) throws -> Accuracies {
    let splits = subjects.map { split($0) }
    var accuracies = Accuracies(before: [], after: [])
    for network in networks {
      func accuracy(_ predictions: [Int], _ test: [Int]) -> Double {
        Double(zip(predictions, test).filter { $0 == network.windows.labels[$1] }.count) / Double(max(1, test.count))
      }
      switch recipe.arithmetic {
      case .int8(let options):
        let plan = try TrainingPlan.compile(
          network.quantized, scheme: recipe.scheme.compiled(for: network.quantized), options: options)
        let jobs = splits.indices.map { s in
          AdaptationJob(
            adaptation: IntegerAdaptation(
              plan: plan, learningRate: rate, schedule: recipe.falls ? .linear : .constant, epochs: Recipe.epochs,
              seed: UInt64(1000 * network.seed + s)),
            adapt: splits[s].adapt, test: splits[s].test)
        }
        let results = AdaptationJob.run(jobs, on: network.integers, threads: threads)
        accuracies.before.append(zip(results, splits).map { accuracy($0.predictionsBefore, $1.test) })
        accuracies.after.append(zip(results, splits).map { accuracy($0.predictionsAfter, $1.test) })
      case .float32:
        let updates = try recipe.scheme.floatUpdates(for: network)
        let jobs = splits.indices.map { s in
          FloatAdapter.Job(
            network: network.folded, windows: network.windows,
            order: (0..<Recipe.epochs).flatMap { epoch in
              CounterRandom.order(
                of: splits[s].adapt.count, seed: UInt64(1000 * network.seed + s), epoch: epoch
              ).map { splits[s].adapt[$0] }
            },
            updates: updates, rate: recipe.falls ? .linearToZero(Float(rate)) : .constant(Float(rate)))
        }
        let results = try FloatAdapter.adapt(jobs, threads: threads)
        accuracies.before.append(
          try splits.map {
            accuracy(try network.folded.predictions(for: network.windows.subset($0.test), threads: threads), $0.test)
          })
        accuracies.after.append(
          try zip(results, splits).map { result, split in
            accuracy(
              try result.network.predictions(for: network.windows.subset(split.test), threads: threads), split.test)
          })
      }
    }
    return accuracies
  }
}

extension Recipe.Scheme {
  /// The scheme on the nodes of the folded float network, which have the names of the int8 ones.
  func floatUpdates(for network: Network) throws -> [FloatAdapter.NodeUpdate] {
    let scheme = try compiled(for: network.quantized)
    return network.folded.graph.nodes.map { node in
      guard let n = network.quantized.nodes.firstIndex(where: { $0.name == node.name }) else { return .frozen }
      return FloatAdapter.NodeUpdate(weights: scheme[n].weights == .all, bias: scheme[n].bias)
    }
  }
}
