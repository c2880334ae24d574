import Foundation
import Testing

@testable import Reports

struct RunMetricsTests {
  static let golden = """
    {
      "cachedStages" : [
        "pretrain"
      ],
      "evaluation" : {
        "accuracyAfter" : 0.75,
        "accuracyBefore" : 0.1,
        "confusion" : {
          "after" : [
            [
              3
            ]
          ],
          "before" : [
            [
              1
            ]
          ],
          "classes" : [
            "still/walking"
          ]
        },
        "macroF1After" : 0.5,
        "macroF1Before" : 0.2,
        "perSubject" : [
          {
            "accuracyAfter" : 0.75,
            "accuracyBefore" : 0.1,
            "macroF1After" : 0.5,
            "macroF1Before" : 0.2,
            "subject" : "s1",
            "windowsAdapted" : 4,
            "windowsTested" : 5
          }
        ],
        "seeds" : {
          "accuracyDeviation" : 0.3535533905932738,
          "accuracyMean" : 0.5,
          "macroF1Deviation" : 0,
          "macroF1Mean" : 0.5,
          "runs" : [
            {
              "accuracyAfter" : 0.75,
              "macroF1After" : 0.5,
              "seed" : 18446744073709551615
            },
            {
              "accuracyAfter" : 0.25,
              "macroF1After" : 0.5,
              "seed" : 0
            }
          ]
        }
      },
      "ingest" : {
        "ambiguousWindows" : 0,
        "bytesDecoded" : 0,
        "bytesRead" : 0,
        "clockJumpsBackward" : 0,
        "clockJumpsForward" : 0,
        "droppedFrames" : 0,
        "duplicateFrames" : 0,
        "files" : 0,
        "filledFrames" : 0,
        "filledGaps" : 0,
        "frames" : 0,
        "gaps" : 0,
        "heldValues" : 0,
        "lateFrames" : 0,
        "leftoverFrames" : 0,
        "losses" : [
          "cut"
        ],
        "nonFiniteFrames" : 0,
        "notes" : [
          "x"
        ],
        "recordings" : [
          {
            "droppedFrames" : 4,
            "file" : "s1.csv",
            "filledFrames" : 2,
            "frames" : 3,
            "gaps" : 1,
            "hertz" : 8,
            "highestHertz" : 9,
            "losses" : 6,
            "lowestHertz" : 7,
            "seconds" : 0.25,
            "subject" : "s1",
            "timeFaults" : 5
          }
        ],
        "rejectedWindows" : 0,
        "reorderedFrames" : 0,
        "saturatedValues" : 0,
        "spreadFrames" : 0,
        "stepsBackwards" : 0,
        "stuckValues" : 0,
        "unlabelledFrames" : 0,
        "windows" : 0
      },
      "memory" : {
        "arenaBytes" : 1,
        "budgetBytes" : 5,
        "constantBytes" : 4,
        "measuredPeakBytes" : 3,
        "plannedPeakBytes" : 2
      },
      "model" : {
        "multiplyAccumulates" : 20,
        "parameters" : 10
      },
      "pipeline" : "tiny",
      "pretraining" : {
        "accuracy" : 0.3,
        "macroF1" : 0.4
      },
      "quantization" : {
        "accuracy" : 0.3,
        "macroF1" : 0.4
      },
      "schemaVersion" : 1,
      "search" : {
        "accuracyBefore" : 0.25,
        "arenaBytes" : 8,
        "budgetBytes" : 9,
        "evaluations" : 3,
        "tensors" : [
          "conv1.bias"
        ],
        "validationAccuracy" : 0.5,
        "validationSubjects" : [
          "s2"
        ]
      },
      "seed" : 18446744073709551615,
      "training" : {
        "microsecondsPerStep" : 1.5,
        "multiplyAccumulatesPerStep" : 60,
        "saturatedErrors" : 8,
        "scheme" : "full",
        "steps" : 6,
        "storedRecordingBytes" : 80,
        "updatedBytes" : 70,
        "updatedParameters" : 7
      }
    }

    """

  static var tiny: RunMetrics {
    var ingest = IngestMetrics()
    ingest.losses = ["cut"]
    ingest.notes = ["x"]
    ingest.recordings = [
      RecordingMetrics(
        file: "s1.csv", subject: "s1", frames: 3, seconds: 0.25, hertz: 8, lowestHertz: 7, highestHertz: 9, gaps: 1,
        filledFrames: 2, droppedFrames: 4, timeFaults: 5, losses: 6)
    ]
    var metrics = RunMetrics(
      pipeline: "tiny", seed: .max, ingest: ingest, model: ModelMetrics(parameters: 10, multiplyAccumulates: 20))
    metrics.pretraining = Score(accuracy: 0.3, macroF1: 0.4)
    metrics.quantization = metrics.pretraining
    metrics.memory = MemoryMetrics(
      arenaBytes: 1, plannedPeakBytes: 2, measuredPeakBytes: 3, constantBytes: 4, budgetBytes: 5)
    metrics.training = TrainingMetrics(
      scheme: "full", steps: 6, updatedParameters: 7, saturatedErrors: 8, microsecondsPerStep: 1.5)
    metrics.training?.multiplyAccumulatesPerStep = 60
    metrics.training?.updatedBytes = 70
    metrics.training?.storedRecordingBytes = 80
    metrics.search = SearchMetrics(
      tensors: ["conv1.bias"], arenaBytes: 8, budgetBytes: 9, validationSubjects: ["s2"], accuracyBefore: 0.25,
      validationAccuracy: 0.5, evaluations: 3)
    metrics.cachedStages = ["pretrain"]
    let (before, after) = (Score(accuracy: 0.1, macroF1: 0.2), Score(accuracy: 0.75, macroF1: 0.5))
    metrics.evaluation = EvaluationMetrics(
      before: before, after: after,
      perSubject: [.init(subject: "s1", windowsAdapted: 4, windowsTested: 5, before: before, after: after)],
      confusion: ConfusionMetrics(classes: ["still/walking"], before: [[1]], after: [[3]]))
    metrics.evaluation?.seeds = SeedMetrics([
      SeedScore(seed: .max, after), SeedScore(seed: 0, Score(accuracy: 0.25, macroF1: 0.5)),
    ])
    return metrics
  }

  @Test func theFileHasExactlyTheDocumentedForm() throws {
    let text = String(decoding: try Self.tiny.json(), as: UTF8.self)
    #expect(text == Self.golden)
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    #expect(try RunMetrics(json: Self.tiny.json()) == Self.tiny)
    #expect(try RunMetrics(json: Samples.full.metrics.json()) == Samples.full.metrics)
  }

  /// Runs of earlier versions are read and compared too.
  @Test func filesWithoutTheKeysThatCameLaterAreRead() throws {
    var metrics = Self.tiny
    metrics.ingest.recordings = nil
    metrics.training?.multiplyAccumulatesPerStep = nil
    metrics.training?.updatedBytes = nil
    metrics.training?.storedRecordingBytes = nil
    let text = String(decoding: try metrics.json(), as: UTF8.self)
    for key in ["recordings", "multiplyAccumulatesPerStep", "updatedBytes", "storedRecordingBytes"] {
      #expect(!text.contains("\"\(key)\""))
    }
    #expect(try RunMetrics(json: Data(text.utf8)) == metrics)
  }

  @Test func everyKeyIsDocumentedAndEveryDocumentedKeyExists() throws {
    let object = try JSONSerialization.jsonObject(with: Self.tiny.json())
    #expect(Self.paths(object, "") == Set(RunMetrics.keys.map(\.path)))
    #expect(RunMetrics.keys.count == Set(RunMetrics.keys.map(\.path)).count)
    for key in RunMetrics.keys { #expect(RunMetrics.keysAsMarkdown.contains("| `\(key.path)` |")) }
  }

  private static func paths(_ object: Any, _ prefix: String) -> Set<String> {
    if let object = object as? [String: Any] {
      return object.reduce(into: []) { found, entry in
        found.formUnion(paths(entry.value, prefix.isEmpty ? entry.key : prefix + "." + entry.key))
      }
    }
    if let list = object as? [Any] { return list.reduce(into: []) { $0.formUnion(paths($1, prefix + "[]")) } }
    return [prefix]
  }

  @Test func aFigureThatIsNotFiniteIsRefused() {
    var metrics = Self.tiny
    metrics.pretraining?.accuracy = .nan
    #expect(throws: EncodingError.self) { try metrics.json() }
  }
}

struct FiguresTests {
  @Test func numbersReadAsPeopleWriteThem() {
    #expect(Figures.count(0) == "0")
    #expect(Figures.count(999) == "999")
    #expect(Figures.count(1000) == "1,000")
    #expect(Figures.count(-1_234_567) == "−1,234,567")
    #expect(Figures.count(.min) == "−9,223,372,036,854,775,808")
    #expect(Figures.percent(0.9384) == "93.8 %")
    #expect(Figures.percent(.nan) == "–")
    #expect(Figures.points(0.1753) == "+17.5")
    #expect(Figures.points(-0.006) == "−0.6")
    #expect(Figures.points(-0.0001) == "±0.0")
    #expect(Figures.bytes(1023) == "1023 B")
    #expect(Figures.bytes(98_304) == "96.0 KiB")
    #expect(Figures.bytes(3 << 20) == "3.0 MiB")
    #expect(Figures.coordinate(.infinity) == "0")
    #expect(Figures.duration(0.0123) == "0.012 s")
    #expect(Figures.duration(5.52) == "5.5 s")
    #expect(Figures.duration(320) == "5 min 20 s")
    #expect(Figures.duration(3600) == "1 h")
    #expect(Figures.duration(7_500) == "2 h 5 min")
    #expect(Figures.duration(.infinity) == "–")
    #expect(Figures.microseconds(812.4) == "812 µs")
    #expect(Figures.microseconds(9_044) == "9.0 ms")
    #expect(Figures.wholePercent(0.9) == "90 %")
    #expect(Figures.wholePercent(0.925) == "92.5 %")
    #expect(Figures.clock(723.46) == "12:03.5")
    #expect(Figures.clock(3_600) == "1:00:00.0")
    #expect(Figures.clock(-0.5) == "−0:00.5")
    #expect(Figures.hertz(49.999) == "50.00")
    #expect(Figures.hertz(12_000.4) == "12000")
    #expect(Figures.rates(50, 50.001) == "50.00 Hz")
  }

  static let spans: [(Double, Double)] = [
    (0, 0.003), (0, 1), (0, 1.9), (0, 7), (0, 123), (-3, 4), (0.71, 0.951), (5, 5), (-2, -2), (1e9, 1e9 + 1),
  ]

  @Test(arguments: spans) func axesHoldTheirValuesAndHaveRoundMarks(low: Double, high: Double) {
    let scale = Scale(low, high)
    #expect(scale.low <= low + 1e-9)
    #expect(scale.high >= high - 1e-9)
    #expect((2...6).contains(scale.ticks.count), "\(scale.ticks)")
    #expect(scale.ticks.allSatisfy { $0 >= scale.low - 1e-9 && $0 <= scale.high + abs(scale.high) * 1e-9 })
    #expect(scale.share(low) >= 0 && scale.share(high) <= 1)
  }

  @Test func axesKeepTheirLimitsAndStandWhatIsNoNumber() {
    #expect(Scale(0.83, 0.98, within: 0...1).high == 1)
    #expect(Scale(0.1, 0.85, within: 0...0.9).high == 0.9)
    let ticks = Scale(0.83, 0.98, within: 0...1).ticks
    #expect(ticks.map { Figures.wholePercent($0) } == ["80 %", "85 %", "90 %", "95 %", "100 %"])
    for (low, high) in [(Double.nan, 1.0), (0, .infinity), (2, 1)] {
      let scale = Scale(low, high)
      #expect(scale.low.isFinite && scale.high > scale.low)
    }
  }
}
