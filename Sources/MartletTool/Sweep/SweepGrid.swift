import PipelineModel
import PipelineRunner
import PipelineText

/// Every combination of the values that `--sweep` gives to arguments, checked before anything runs.
struct SweepGrid {
  /// One argument and its values, as `--set` would write them.
  struct Axis {
    var name: String
    var values: [String]
  }

  struct Point: Sendable {
    /// Of its folder.
    var name: String
    var pipeline: CheckedPipeline
    var source: String
  }

  let axes: [Axis]
  let points: [Point]
  static let pointLimit = 1000

  /// - Parameters:
  ///   - sweeps: Written `stage.argument=value,value`.
  ///   - pipeline: With its overrides.
  ///   - overrides: What `--set` names, which no sweep may.
  /// - Throws: after all mistakes are known.
  init(_ sweeps: [String], of pipeline: Pipeline, overrides: [String]) throws(Failure) {
    var mistakes: [String] = []
    var axes: [Axis] = []
    /// Values with which the pipeline is wrong, though it may be right with one of another sweep.
    var suspects: [(name: String, value: String, error: OverrideError)] = []
    let taken = overrides.map { String($0.prefix { $0 != "=" }) }
    for sweep in sweeps {
      let sides = sweep.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let values = sides.count == 2 ? Self.values(sides[1]) : []
      guard sides.count == 2, !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else {
        mistakes.append("--sweep '\(sweep)': a sweep is written stage.argument=value,value such as train.epochs=3,5")
        continue
      }
      guard values.count <= Self.pointLimit else {
        mistakes.append("--sweep '\(sides[0])': \(values.count) values; a sweep has at most \(Self.pointLimit) runs")
        continue
      }
      if let twice = Set(values).sorted().first(where: { value in values.count(where: { $0 == value }) > 1 }) {
        mistakes.append("--sweep '\(sweep)': the value \(twice) stands twice")
      }
      if axes.contains(where: { $0.name == sides[0] }) || taken.contains(sides[0]) {
        mistakes.append("--sweep '\(sweep)': '\(sides[0])' is given twice; name each argument once")
      }
      var readable: [String] = []
      for value in values {
        do throws(OverrideError) {
          _ = try pipeline.applying(override: "\(sides[0])=\(value)")
          readable.append(value)
        } catch {
          if case .invalid = error.reason, sweeps.count > 1 {
            suspects.append((sides[0], value, error))
            readable.append(value)
          } else {
            mistakes.append("--sweep \(error.description)")
          }
        }
      }
      axes.append(Axis(name: sides[0], values: readable))
    }
    mistakes += Self.mistakes(suspects, among: axes, of: pipeline)
    let count = axes.reduce(1) { $0.multipliedReportingOverflow(by: $1.values.count).partialValue }
    // Without any readable value, the mistake is said already.
    if count > Self.pointLimit || count < 0 {
      mistakes.append("the sweep has more than \(Self.pointLimit) runs; give fewer values")
    }
    guard mistakes.isEmpty else { throw Self.failure(mistakes) }
    var points: [Point] = []
    var folders = SweepFolders()
    for number in 0..<count {
      let chosen = Self.combination(number, of: axes)
      do throws(OverrideError) {
        let changed = try pipeline.applying(overrides: chosen)
        if let shortage = Self.shortage(of: changed) {
          mistakes.append("--sweep \(chosen.joined(separator: " ")): \(shortage)")
          continue
        }
        points.append(
          Point(name: folders.name(for: chosen), pipeline: Self.checked(changed), source: changed.source()))
      } catch {
        let sentence = "--sweep \(chosen.joined(separator: " ")): \(error.description)"
        if !mistakes.contains(sentence) { mistakes.append(sentence) }
      }
    }
    guard mistakes.isEmpty else { throw Self.failure(mistakes) }
    self.axes = axes
    self.points = points
  }

  private static func checked(_ pipeline: Pipeline) -> CheckedPipeline {
    do {
      return try pipeline.checked()
    } catch {
      preconditionFailure("what overrides make has been checked by them: \(error)")
    }
  }

  /// Why the training step of a pipeline that is right in itself does not fit, a sentence; nil where it does.
  private static func shortage(of pipeline: Pipeline) -> String? {
    let file = Pipeline.read(pipeline.source(), named: "the pipeline").planned()
    guard file.pipeline == nil, let issue = file.diagnostics.first else { return nil }
    return issue.message + (issue.suggestion.map { "; \($0)" } ?? "")
  }

  private static func failure(_ mistakes: [String]) -> Failure { Failure(ExitStatus.usage, messages: mistakes) }

  /// The suspects with which no combination is right.
  private static func mistakes(
    _ suspects: [(name: String, value: String, error: OverrideError)], among axes: [Axis], of pipeline: Pipeline
  ) -> [String] {
    suspects.compactMap { suspect in
      let others = axes.filter { $0.name != suspect.name && !$0.values.isEmpty }
      let count = others.reduce(1) { $0.multipliedReportingOverflow(by: $1.values.count).partialValue }
      let isRight = (0..<min(max(1, count), pointLimit)).contains { number in
        (try? pipeline.applying(overrides: combination(number, of: others) + ["\(suspect.name)=\(suspect.value)"]))
          != nil
      }
      return isRight ? nil : "--sweep \(suspect.error.description)"
    }
  }

  /// The last argument changes fastest.
  private static func combination(_ number: Int, of axes: [Axis]) -> [String] {
    var rest = number
    var chosen: [String] = []
    for axis in axes.reversed() {
      chosen.append("\(axis.name)=\(axis.values[rest % axis.values.count])")
      rest /= axis.values.count
    }
    return chosen.reversed()
  }

  /// The parts between commas, but for commas inside of brackets, braces and quotes.
  static func values(_ text: String) -> [String] {
    var values = [""]
    var depth = 0
    var isQuoted = false
    var isEscaped = false
    for character in text {
      if isQuoted {
        isQuoted = character != "\"" || isEscaped
        isEscaped = character == "\\" && !isEscaped
      } else if character == "\"" {
        isQuoted = true
      } else if "([".contains(character) {
        depth += 1
      } else if ")]".contains(character) {
        depth -= 1
      } else if character == ",", depth == 0 {
        values.append("")
        continue
      }
      values[values.count - 1].append(character)
    }
    return values
  }
}
