import Foundation
import PipelineModel
import SensorLogs

/// A pipeline in the making: each step decides on some stages, with what the steps before decided.
struct StarterDraft {
  let surveys: [RecordingSurvey]
  let folder: String
  let options: StarterPipeline.Options
  var reasons: [(stage: String, text: String)] = []
  var steps: [IngestStep] = []
  var stages: [PipelineStage] = []
  var channels: [String] = []
  var labels: [String] = []
  var hertz = 0.0
  var windowSamples = 0
  var hopSamples = 0
  /// Of the recordings as they were cut when the pipeline was tried.
  var windowCount = 0
  var trainingWindows = 0
  var trainingSubjects = 0
  /// Who is held out; nil where the last part of all is.
  var heldOut: [String]?
  /// Those of whom somebody could be held out.
  var candidates: [String] = []
  var adaptFrom = AdaptationSource.eachSeries

  init(_ surveys: [RecordingSurvey], folder: String, options: StarterPipeline.Options) {
    self.surveys = surveys
    self.folder = folder
    self.options = options
  }

  var pipeline: Pipeline {
    Pipeline(options.name, seed: 1) { return stages }
  }

  mutating func add(_ step: some IngestStepConvertible, _ name: String, because reason: String? = nil) {
    steps.append(step.ingestStep)
    if let reason { reasons.append((name, reason)) }
  }

  /// Says why a stage is as it is in place of what was said before.
  mutating func explain(_ stage: String, because reason: String) {
    guard let place = reasons.firstIndex(where: { $0.stage == stage }) else { return }
    reasons[place].text = reason
  }

  /// The usual rate of the recordings.
  var rate: Double {
    if let hertz = options.reading.rateHz { return hertz }
    let rates = surveys.compactMap { $0.timing.hertz }.sorted()
    return rates.isEmpty ? 0 : rates[rates.count / 2]
  }
}
