import Foundation
import Martlet
import MartletTesting
import PipelineText
import Testing

/// Stages of a program's own in a pipeline: checked, run, kept, applied to new recordings.
@Suite(.serialized) struct OwnStagePipelineTests {
  // MARK: Checking

  @Test func aStageThatFitsIsNoMistake() throws {
    let wearers = try Wearers()
    #expect(wearers.pipeline(Rate(channels: ["x", "z"])).diagnosis == "")
    #expect(wearers.pipeline(Rate(channels: ["anything"]), channels: nil).diagnosis == "", "known only when read")
  }

  @Test func aMissingChannelIsShownAtBothPlaces() throws {
    let wearers = try Wearers()
    let text = wearers.pipeline(Rate(channels: ["x", "zz"])).diagnosis
    #expect(text.contains(#"error: 'Rate' takes a channel "zz", and there is none here"#), "\(text)")
    #expect(text.contains("the channels are x, y, z"), "\(text)")
    #expect(text.contains("note: the channels are named here"), "\(text)")
    #expect(text.hasPrefix("wearers.swift:8:30: error: "), "at the channel: \(text)")
  }

  @Test func laterStagesSeeItsChannels() throws {
    let wearers = try Wearers()
    #expect(wearers.pipeline(Rate(channels: ["x"]), Select(["rate_x", "z"])).diagnosis == "")
    let text = wearers.pipeline(Select(["z"]), Rate(channels: ["x"])).diagnosis
    #expect(text.contains(#"'Rate' takes a channel "x", and there is none here"#), "\(text)")
    #expect(text.contains("the channels are z"), "\(text)")
    #expect(
      wearers.pipeline(Rate(channels: ["x"]), Select(["rate_q"])).diagnosis.contains(
        #"'Select(_:)' names "rate_q", which is no channel here"#))
  }

  @Test func aNewRateNeedsAResampling() throws {
    let wearers = try Wearers()
    let text = wearers.pipeline(Resample(hertz: 50), Mean(frames: 2)).diagnosis
    #expect(text.contains("'Mean' makes 25 Hz of 50, and no 'Resample' behind it tells"), "\(text)")
    #expect(wearers.pipeline(Mean(frames: 2), Resample(hertz: 25)).diagnosis == "")
    #expect(wearers.pipeline(Mean(frames: 0)).diagnosis.contains("'Mean' takes at least 1 frame, found 0"))
  }

  @Test func aNameOfMartletsIsTaken() throws {
    let text = try Wearers().pipeline(Window2()).diagnosis
    #expect(text.contains("'Window' is also the name of a stage of Martlet's"), "\(text)")
  }

  @Test func aNameThatIsNoneIsToldAndNotRead() throws {
    let text = try Wearers().pipeline(Unspeakable()).diagnosis
    #expect(text.contains("which is no name"), "\(text)")
  }

  @Test func aTrainingStepThatDoesNotFitIsAMistake() throws {
    let wearers = try Wearers()
    var pipeline = wearers.pipeline(Rate(channels: ["x"]))
    pipeline.stages = pipeline.stages.map { stage in
      guard case .train(var train) = stage else { return stage }
      train.arena = .bytes(64)
      return .train(train)
    }
    #expect(pipeline.diagnosis.contains("bytes"), "\(pipeline.diagnosis)")
  }

  // MARK: Reading

  @Test func windowsHoldItsChannels() throws {
    let wearers = try Wearers()
    let plain = try CollectedWindows(of: wearers.pipeline())
    let windows = try CollectedWindows(of: wearers.pipeline(Rate(channels: ["x"])))
    #expect(windows.channelNames == ["x", "y", "z", "rate_x"])
    // Each stretch of 2 s loses its first frame, and still holds as many windows.
    #expect(windows.windows.count == plain.windows.count && plain.windows.count == 3 * 8 * 5)
    let (x, rate) = (windows.values(of: "x", in: 7), windows.values(of: "rate_x", in: 7))
    for frame in 1..<32 { #expect(abs(rate[frame] - (x[frame] - x[frame - 1]) * 50) < 1e-2) }
  }

  @Test func aSlowerStreamIsResampled() throws {
    let wearers = try Wearers()
    let windows = try CollectedWindows(of: wearers.pipeline(Mean(frames: 2), Resample(hertz: 25)))
    #expect(windows.sampleRateHz == 25)
    #expect(windows.windows.count == 3 * 8 * 2)
  }

  @Test func aFailureNamesTheRecording() throws {
    let wearers = try Wearers()
    #expect {
      _ = try CollectedWindows(of: wearers.pipeline(Faulty(fault: .throwing)))
    } throws: { error in
      "\(error)".hasSuffix("a.csv: the stage 'Faulty' stopped: the sensor is on fire")
    }
    #expect {
      _ = try CollectedWindows(of: wearers.pipeline(Rate(channels: ["q"]), channels: nil))
    } throws: { error in
      "\(error)".contains("the stage 'Rate' takes a channel \"q\"") && (error as? RunError)?.exitStatus == 78
    }
  }

  // MARK: Running and keeping

  private func stages(_ run: CompletedRun) -> [Bool] {
    run.outcome.stages.filter { $0.stage == .ingest || $0.stage == .pretrain }.map(\.fromCache)
  }

  @Test func resultsAreKeptByArgumentsAndVersion() throws {
    let wearers = try Wearers()
    let cache = ResultCache(directory: wearers.folder.path + "/cache")
    let pipeline = wearers.pipeline(Rate(channels: ["x"]))
    let first = try pipeline.run(cache: cache)
    #expect(stages(first) == [false, false])
    #expect(stages(try pipeline.run(cache: cache)) == [true, true])
    let scaled = wearers.pipeline(Rate(channels: ["x"], scale: 2))
    #expect(stages(try scaled.run(cache: cache)) == [false, false], "an argument that has changed")
    #expect(stages(try wearers.pipeline(Rate2(channels: ["x"])).run(cache: cache)) == [false, false], "another type")
    #expect(first.outcome.ownStages.map(\.name) == ["Rate"])
  }

  @Test func aStageMayForbidKeeping() throws {
    let wearers = try Wearers()
    let cache = ResultCache(directory: wearers.folder.path + "/cache")
    for _ in 0..<2 { #expect(stages(try wearers.pipeline(Uncached()).run(cache: cache)) == [false, false]) }
  }

  /// Without a version the program's own file is among what the windows follow from.
  @Test func withoutAVersionTheProgramCounts() throws {
    let wearers = try Wearers()
    let program = { (stage: any IngestStepConvertible) in
      try wearers.pipeline(stage, Resample(hertz: 25)).run(cache: nil).outcome.inputs.filter {
        !$0.path.hasSuffix(".csv")
      }
    }
    let files = try program(Mean(frames: 2))
    #expect(files.count == 1 && files[0].sha256.count == 64, "\(files)")
    #expect(try program(Rate(channels: ["x"])).isEmpty)
  }

  @Test func everyArgumentIsAFact() throws {
    let all = Everything(
      count: 3, share: 0.25, names: ["a"], mode: .slow(seconds: 2), inner: .init(low: -1, high: nil), set: [3, 1, 2])
    let facts = try Wearers().pipeline(all).facts.filter { $0.path.hasPrefix("ingest.everything") }
    #expect(
      facts.map { "\($0.path)=\($0.value)" } == [
        "ingest.everything[0].count=3", "ingest.everything[0].share=0.25", "ingest.everything[0].names=[\"a\"]",
        "ingest.everything[0].mode=.slow(seconds: 2)", "ingest.everything[0].inner=.init(low: -1, high: nil)",
        "ingest.everything[0].set=[1, 2, 3]",
      ])
    #expect(OwnStage(all).isCacheable)
    #expect(!OwnStage(Held(object: .init())).isCacheable, "an object can change")
  }

  // MARK: Using what was learned

  @Test func theModelIsAppliedWithTheStage() async throws {
    let wearers = try Wearers()
    let pipeline = wearers.pipeline(Rate(channels: ["x"]))
    let directory = wearers.folder.path + "/run"
    let run = try await pipeline.run(writingTo: directory, cache: nil)
    #expect(run.accuracy > 0.8 && run.summary.contains("accuracy"))
    let model = try TrainedModel(run: directory, of: pipeline)
    let predictions = try model.predictions(for: wearers.folder.path + "/b.csv", weights: .unadapted)
    let right = predictions.count { $0.className == $0.label }
    let confusion = try #require(run.outcome.quantization?.confusion)
    #expect(predictions.count == confusion.total)
    #expect(Double(right) / Double(predictions.count) == confusion.accuracy)
    #expect(predictions.allSatisfy { abs($0.scores.reduce(0, +) - 1) < 0.01 })
  }

  @Test func aModelOfAnotherPipelineIsRefused() throws {
    let wearers = try Wearers()
    let directory = wearers.folder.path + "/run"
    try wearers.pipeline(Rate(channels: ["x"])).run(writingTo: directory, cache: nil)
    #expect {
      _ = try TrainedModel(run: directory, of: wearers.pipeline(Rate(channels: ["x"], scale: 2)))
    } throws: { error in
      "\(error)".contains("is not the pipeline given")
    }
    #expect {
      _ = try TrainedModel(run: wearers.folder.path, of: wearers.pipeline())
    } throws: { error in
      "\(error)".contains("model.martlet: cannot be read")
    }
  }

  @Test func cancellingTheTaskEndsTheRun() async throws {
    let wearers = try Wearers()
    let pipeline = wearers.pipeline()
    let task = Task { try await pipeline.run(cache: nil) }
    task.cancel()
    await #expect(throws: RunError.self) { try await task.value }
  }

  @Test func aPipelineWithMistakesIsNotRun() throws {
    #expect {
      try Wearers().pipeline(Rate(channels: ["zz"])).run(cache: nil)
    } throws: { error in
      (error as? RunError)?.exitStatus == 78
    }
  }
}

/// The same as `Rate` under another name.
struct Rate2: FrameStage {
  static let version: Int? = 1
  var channels: [String]
  private var rate: Rate { Rate(channels: channels) }
  func output(for input: FrameStream) throws(StageMisfit) -> FrameStream { try rate.output(for: input) }
  func makeProcessor(for input: FrameStream) throws(StageMisfit) -> Rate.Processor {
    try rate.makeProcessor(for: input)
  }
}

struct Uncached: FrameStage {
  static let isCacheable = false
  func output(for input: FrameStream) -> FrameStream { input }
  func makeProcessor(for input: FrameStream) -> Mean.Processor { Mean(frames: 1).makeProcessor(for: input) }
}

struct Everything: FrameStage {
  enum Mode: Hashable {
    case fast
    case slow(seconds: Int)
  }
  struct Inner: Hashable {
    var low: Int
    var high: Int?
  }
  var count: Int
  var share: Float
  var names: [String]
  var mode: Mode
  var inner: Inner
  var set: Set<Int>
  func output(for input: FrameStream) -> FrameStream { input }
  func makeProcessor(for input: FrameStream) -> Mean.Processor { Mean(frames: 1).makeProcessor(for: input) }
}

struct Held: FrameStage {
  final class Object: Hashable, Sendable {
    static func == (left: Object, right: Object) -> Bool { left === right }
    func hash(into hasher: inout Hasher) {}
  }
  var object: Object
  func output(for input: FrameStream) -> FrameStream { input }
  func makeProcessor(for input: FrameStream) -> Mean.Processor { Mean(frames: 1).makeProcessor(for: input) }
}
