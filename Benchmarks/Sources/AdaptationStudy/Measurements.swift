public import Foundation
import Learning
import Tensors
import TrainingCompiler

/// Accuracies of treatments on some networks, kept in a file so that a run can be taken up again.
public final class Measurements {
  /// 0...1, `[network][subject]`.
  public typealias Accuracies = [[Double]]

  public let networks: [StudyNetwork]
  public let threads: Int
  private let file: URL?
  private let name: String
  private var known: [String: Accuracies]

  /// - Parameters:
  ///   - name: Of the people and networks; a file may hold several.
  ///   - file: Absent for none.
  public init(_ name: String, networks: [StudyNetwork], threads: Int, file: URL?) {
    self.name = name
    self.networks = networks
    self.threads = threads
    self.file = file
    known = file.flatMap { try? JSONDecoder().decode([String: Accuracies].self, from: Data(contentsOf: $0)) } ?? [:]
  }

  /// The accuracy of everybody before adapting, in int8.
  public func before() throws -> Accuracies {
    try accuracies(Treatment(tensors: [], rate: 0.001))
  }

  /// The accuracy of everybody after adapting with a treatment.
  public func accuracies(_ treatment: Treatment) throws -> Accuracies {
    let key = "\(name), networks \(networks.map { "\($0.seed)" }.joined(separator: " ")) | \(treatment.key)"
    if let found = known[key] { return found }
    let found = try networks.map { try accuracies(treatment, of: $0) }
    known[key] = found
    note("\(Self.percent(Self.mean(found))) % \(key)")
    if let file {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(known).write(to: file, options: .atomic)
    }
    return found
  }

  private func accuracies(_ treatment: Treatment, of network: StudyNetwork) throws -> [Double] {
    guard case .int8(let options) = treatment.arithmetic else {
      return try FloatTreatment(treatment, of: network).accuracies(threads: threads)
    }
    let deployment = try Self.deployment(network, treatment, options)
    let evaluator = SchemeEvaluator(network: network.quantized, trial: deployment.trial, threads: threads)
    return try evaluator.evaluate(UpdateScheme(tensors: treatment.tensors, of: network.quantized)).accuracies[0]
  }

  static func deployment(
    _ network: StudyNetwork, _ treatment: Treatment, _ options: TrainingOptions = TrainingOptions()
  ) throws -> Deployment {
    try Deployment(
      network: network.quantized, windows: network.windows, subjects: network.subjects,
      pretrainingSubjects: network.pretrainingSubjects, testSubjects: [],
      adaptation: Deployment.Adaptation(
        learningRate: treatment.rate, schedule: treatment.schedule, epochs: treatment.epochs, options: options,
        fraction: network.fraction, pieces: network.pieces, seeds: [treatment.seed(of: network)]))
  }

  /// Over networks and subjects.
  public static func mean(_ accuracies: Accuracies) -> Double {
    Summary(accuracies.map { Summary($0).mean }).mean
  }

  /// The spread of the networks' means, with n in the denominator.
  public static func deviation(_ accuracies: Accuracies) -> Double {
    Summary(accuracies.map { Summary($0).mean }).populationDeviation
  }

  public static func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
  public static func tenths(_ value: Double) -> String { String(format: "%.1f", value) }
  public static func points(_ value: Double) -> String { String(format: "%+.1f", 100 * value) }
}
