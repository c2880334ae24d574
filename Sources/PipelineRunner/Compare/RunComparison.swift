import Foundation
import PipelineText
import Reports

/// Runs side by side: their figures, and what they did differently.
public struct RunComparison: Sendable, Hashable, Codable {
  /// A number of `metrics.json`.
  public struct Figure: Sendable, Hashable, Codable {
    /// Its key, such as `evaluation.accuracyAfter`.
    public var key: String
    /// One a run; nil where a run has none.
    public var values: [Double?]
    /// From the first run that has it.
    public var differences: [Double?]
    /// Whether more or less of it is better; nil where it is neither.
    public var better: Direction?
    /// The runs that do best, by number from 0; empty where all do alike.
    public var best: [Int]
  }

  public enum Direction: String, Sendable, Hashable, Codable {
    case higher, lower
  }

  /// Something that is not the same for all runs.
  public struct Difference: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable {
      /// Of the pipeline, by the name that `--set` gives it.
      case argument
      /// A file that was read, with the beginning of its digest.
      case input
      case martlet
      case instructionSet
    }

    public var kind: Kind
    public var name: String
    /// One a run; nil where a run has none.
    public var values: [String?]
  }

  public var schemaVersion = 1
  public var runs: [String]
  public var figures: [Figure]
  public var differences: [Difference]
  /// Runs whose pipeline or files could not be looked at, with the reason.
  public var notes: [String]

  /// More runs than these are easier to read from the best to the worst.
  public static let runsInGivenOrder = 3

  /// - Precondition: At least one run.
  public init(_ given: [FinishedRun]) {
    precondition(!given.isEmpty, "a comparison is of runs")
    let runs = given.count > Self.runsInGivenOrder ? Self.ranked(given) : given
    self.runs = runs.map(\.path)
    figures = Self.figures(runs)
    differences = Self.differences(runs)
    notes = runs.flatMap { run in
      (run.pipeline == nil ? [Self.unreadPipeline(run)] : [])
        + (run.record == nil ? ["\(run.path): it has no run.json, so its files and its martlet are not compared"] : [])
    }
  }

  private static func ranked(_ runs: [FinishedRun]) -> [FinishedRun] {
    runs.enumerated().sorted { left, right in
      let (a, b) = (left.element.score, right.element.score)
      return (a.accuracy, -a.arenaBytes, -left.offset) > (b.accuracy, -b.arenaBytes, -right.offset)
    }.map(\.element)
  }

  private static func unreadPipeline(_ run: FinishedRun) -> String {
    let reason = run.record?.ownStages.map { own in
      "its pipeline has the stage '\(own[0].name)' of a program's own"
    }
    return "\(run.path): \(reason ?? "its pipeline.swift cannot be read"), so its arguments are not compared"
  }

  // MARK: Figures

  private static func direction(_ key: String) -> Direction? {
    let name = key.split(separator: ".").last.map(String.init) ?? key
    if name.hasPrefix("accuracy") || name.hasPrefix("macroF1") || name == "validationAccuracy" { return .higher }
    let costs = [
      "arenaBytes", "constantBytes", "measuredPeakBytes", "plannedPeakBytes", "microsecondsPerStep", "parameters",
      "multiplyAccumulates",
    ]
    return costs.contains(name) ? .lower : nil
  }

  private static func figures(_ runs: [FinishedRun]) -> [Figure] {
    let numbers = runs.map { run -> [String: Double] in
      guard let json = try? run.metrics.json(), let object = try? JSONSerialization.jsonObject(with: json) else {
        return [:]
      }
      var found: [String: Double] = [:]
      collect(object, "", into: &found)
      return found
    }
    // In the order of a run; lists, as of subjects, are not alike enough to be compared.
    let keys = RunMetrics.keys.map(\.path).filter { key in
      !key.contains("[]") && !["schemaVersion", "seed"].contains(key) && numbers.contains { $0[key] != nil }
    }
    return keys.map { key in
      let values = numbers.map { $0[key] }
      let first = values.compactMap { $0 }.first ?? 0
      let better = direction(key)
      let present = values.compactMap { $0 }
      let limit = better == .lower ? present.min() : present.max()
      let isTelling = better != nil && Set(present).count > 1
      return Figure(
        key: key, values: values, differences: values.map { $0.map { $0 - first } }, better: better,
        best: isTelling ? values.indices.filter { values[$0] == limit } : [])
    }
  }

  private static func collect(_ value: Any, _ path: String, into found: inout [String: Double]) {
    if let object = value as? [String: Any] {
      for (key, value) in object { collect(value, path.isEmpty ? key : "\(path).\(key)", into: &found) }
    } else if let number = value as? NSNumber {
      found[path] = number.doubleValue
    }
  }

  // MARK: Differences

  private static func differences(_ runs: [FinishedRun]) -> [Difference] {
    var differences: [Difference] = []
    func add(_ kind: Difference.Kind, _ tables: [[(String, String)]?]) {
      let known = tables.compactMap { $0 }
      var names: [String] = []
      for name in known.flatMap({ $0.map(\.0) }) where !names.contains(name) { names.append(name) }
      let dictionaries = tables.map { $0.map { Dictionary($0) { first, _ in first } } }
      for name in names {
        let values = dictionaries.map { $0?[name] }
        // A run of which nothing is known is not said to differ.
        if Set(dictionaries.compactMap { $0 }.map { $0[name] }).count > 1 {
          differences.append(Difference(kind: kind, name: name, values: values))
        }
      }
    }
    add(.argument, runs.map { run in run.pipeline.map { $0.facts.map { ($0.path, $0.value) } } })
    add(.input, runs.map { run in run.record.map { $0.inputs.map { ($0.path, String($0.sha256.prefix(8))) } } })
    add(.martlet, runs.map { run in run.record.map { [("martlet", $0.martlet)] } })
    add(.instructionSet, runs.map { run in run.record.map { [("instruction set", $0.instructionSet)] } })
    return differences
  }
}
