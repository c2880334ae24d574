import Learning
import PipelineModel
import TrainingCompiler

extension Search {
  /// The stage's settings for a search of schemes.
  var settings: SchemeSearch.Settings {
    let method: SchemeSearch.Method =
      switch self.method {
      case .contribution: .contribution
      case .freezeUntilDip(let threshold, let order): .freezeUntilDip(threshold: threshold, order: order.learning)
      case .both(let threshold, let order): .both(threshold: threshold, order: order.learning)
      }
    return SchemeSearch.Settings(
      method: method, shares: shares.map(\.channels), evaluations: evaluations)
  }
}

extension FreezingOrder {
  /// Nil for the order of value, which only a search can find out.
  fileprivate var learning: FreezeOrder? {
    switch self {
    case .leastValue: nil
    case .largest: .largestFirst
    case .last: .lastLayersFirst
    case .first: .firstLayersFirst
    case .named(let names): .named(names)
    }
  }
}

extension SearchedShare {
  fileprivate var channels: ChannelShare {
    switch self {
    case .all: .all
    case .half: .half
    case .quarter: .quarter
    case .eighth: .eighth
    }
  }
}

extension Train {
  /// How those who validate adapt: as those will who are tested.
  ///
  /// - Parameter seeds: One for each time that everybody adapts.
  func searchAdaptation(seeds: [UInt64]) throws(RunError) -> Deployment.Adaptation {
    let rate = try checkedLearningRate()
    return Deployment.Adaptation(
      learningRate: rate.rate, schedule: rate.schedule, warmUpSteps: warmUp, epochs: epochs, shuffles: shuffle,
      options: options, fraction: adaptFraction, pieces: adaptFrom == .eachSeries ? .series : .classes,
      seeds: seeds)
  }
}
