import Foundation
import Learning
import ModelExchange
import PipelineModel
import Testing
import TrainingCompiler

@testable import PipelineRunner

@Suite struct ExchangeTests {
  /// A run with its folder.
  private struct Fixture {
    let recordings: SyntheticRecordings
    let run: PipelineRun
    let outcome: RunOutcome
    let networks: RunNetworks

    init(scheme: PipelineModel.UpdateScheme = .full) throws {
      recordings = try SyntheticRecordings()
      try recordings.writeCSV("a.csv")
      try recordings.writeCSV("b.csv", amplitude: 0.25)
      try recordings.writeCSV("c.csv", amplitude: 0.4)
      var pipeline = recordings.pipeline(holdOut: ["b", "c"], scheme: scheme)
      // Enough to change what is predicted.
      for index in pipeline.stages.indices {
        guard case .train(var train) = pipeline.stages[index] else { continue }
        train.epochs = 30
        train.optimizer = .sgd(0.05)
        pipeline.stages[index] = .train(train)
      }
      run = try recordings.run(pipeline)
      outcome = try run.run()
      _ = try RunDirectory.write(outcome, of: run, source: "", to: "\(recordings.folder)/run")
      networks = try RunNetworks(path: "\(recordings.folder)/run", pipeline: run.pipeline)
    }

    var weights: String { "\(recordings.folder)/run/network.safetensors" }

    /// The run's pipeline with another first stage of learning.
    func pipeline(_ pretrain: Pretrain) -> Pipeline {
      var pipeline = run.pipeline.pipeline
      pipeline.stages[2] = .pretrain(pretrain)
      return pipeline
    }

    /// The windows that tested a subject, normalised.
    func tested(_ subject: String) throws -> WindowSet {
      var windows = try run.ingest().windows
      windows.normalize(with: try #require(outcome.statistics))
      let index = try #require(windows.subjectNames.firstIndex(of: subject))
      return windows.subset(
        AdaptationSplit(
          of: windows, indices: windows.indices(ofSubjects: [index]), fraction: 0.5, pieces: .classes
        ).test)
    }
  }

  // MARK: What a run leaves

  @Test(
    arguments: [
      .full, .lastLayer, .biasesAndLastLayer,
      .tensors([
        "block1.expand.weights/2", "block1.depthwise.weights/4", "block1.project.weights/2", "block1.project.bias",
        "dense1.weights/2", "conv1.weights", "conv1.bias",
      ]),
    ] as [PipelineModel.UpdateScheme])
  func theInt8FileHoldsTheNetworksThatPredictedInTheRun(scheme: PipelineModel.UpdateScheme) throws {
    let fixture = try Fixture(scheme: scheme)
    var network = try fixture.networks.quantized(subject: nil)
    let ours = try #require(fixture.outcome.quantization).network
    // The last layer's sums are never brought to int8, so that no file says how.
    network.nodes[network.nodes.count - 1].output = ours.nodes[ours.nodes.count - 1].output
    #expect(network == ours)
    #expect(try fixture.networks.subjects() == ["b", "c"])
    var changes = 0
    for subject in try #require(fixture.outcome.training).subjects {
      let windows = try fixture.tested(subject.name)
      for (name, expected) in [
        (nil, subject.result.predictionsBefore), (subject.name, subject.result.predictionsAfter),
      ] {
        let network = try fixture.networks.quantized(subject: name)
        #expect(try network.predictions(for: QuantizedWindows(windows, for: network), threads: 1) == expected)
      }
      if subject.result.predictionsBefore != subject.result.predictionsAfter { changes += 1 }
    }
    // Otherwise either network would do.
    #expect(changes > 0)
    #expect(throws: RunError.self) { try fixture.networks.quantized(subject: "z") }
  }

  @Test func theFloatFileIsTheNetworkAndSaysWhatItIsFed() throws {
    let fixture = try Fixture(scheme: .lastLayer)
    #expect(try fixture.networks.float() == fixture.outcome.network)
    let facts = fixture.networks.facts
    #expect(facts.classNames == SyntheticRecordings.names && facts.channelNames == ["x", "y", "z"])
    #expect(facts.mean == fixture.outcome.statistics?.mean && facts.windowSamples == 32)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.weights))
    let file = try SafetensorsFile(bytes: Array(bytes))
    #expect(file.metadata["format"] == "pt")
    #expect(file["conv1.weight"]?.shape == [8, 3, 5] && file["block1.depthwise.weight"]?.shape == [16, 1, 3])
  }

  @Test func windowsLeaveWithWhatTheNetworksMakeOfThem() throws {
    let fixture = try Fixture()
    let file = try WindowExport(fixture.networks, threads: 1).file(model: fixture.networks.model())
    let labels = try #require(file["labels"]?.int32s)
    let count = labels.count
    #expect(file["windows"]?.shape == [count, 3, 32])
    let logits = try #require(file["float32.logits"]?.floats)
    let heldOut = try #require(file["held_out"]?.int8s)
    let right = (0..<count).filter { heldOut[$0] == 1 && (logits[2 * $0 + 1] > logits[2 * $0]) == (labels[$0] == 1) }
    let tested = heldOut.count { $0 == 1 }
    #expect(Double(right.count) / Double(tested) == fixture.outcome.pretrained.accuracy)
    let predictions = try #require(file["int8.predictions"]?.int32s)
    let equal = (0..<count).count { heldOut[$0] == 1 && predictions[$0] == labels[$0] }
    #expect(Double(equal) / Double(tested) == fixture.outcome.quantization?.confusion.accuracy)
    let adapted = try #require(file["adapted.predictions"]?.int32s)
    #expect((0..<count).allSatisfy { (adapted[$0] < 0) == (heldOut[$0] == 0) })
    #expect(adapted.filter { $0 >= 0 } != (0..<count).filter { heldOut[$0] == 1 }.map { predictions[$0] })
    // Channel by channel, as recorded ones are frame by frame.
    let first = try #require(file["windows"]?.floats)
    var windows = try fixture.run.ingest().windows
    windows.normalize(with: try #require(fixture.outcome.statistics))
    #expect(first[32 + 5] == windows.values[5 * 3 + 1])
  }

  // MARK: What a pipeline takes in

  @Test func weightsThatComeBackGiveTheRunThatTheyCameFrom() throws {
    let fixture = try Fixture()
    let again = try fixture.recordings.run(fixture.pipeline(Pretrain(from: fixture.weights))).run()
    #expect(again.network == fixture.outcome.network)
    #expect(again.epochs.isEmpty && !fixture.outcome.epochs.isEmpty)
    #expect(again.pretrained == fixture.outcome.pretrained)
    #expect(again.quantization?.network == fixture.outcome.quantization?.network)
    #expect(again.training?.after == fixture.outcome.training?.after)
    #expect(again.networkFile.bytes() == fixture.outcome.networkFile.bytes())
    #expect(again.quantizedFile?.bytes() == fixture.outcome.quantizedFile?.bytes())
    // Without curves of pretraining there is a page all the same.
    let folder = "\(fixture.recordings.folder)/again"
    _ = try RunDirectory.write(again, of: fixture.run, source: "", to: folder)
    let pages = try ["run", "again"].map {
      try String(contentsOfFile: "\(fixture.recordings.folder)/\($0)/report.html", encoding: .utf8)
    }
    #expect(pages.map { $0.contains("pretraining-loss") } == [true, false])
  }

  @Test func furtherEpochsBeginWithTheWeights() throws {
    let fixture = try Fixture(scheme: .lastLayer)
    let stage = Pretrain(from: fixture.weights, epochs: 1, batch: 8, optimizer: .adam(0.00001))
    let tuned = try fixture.recordings.run(fixture.pipeline(stage)).run()
    let (before, after) = (fixture.outcome.network.parameters[1].weights, tuned.network.parameters[1].weights)
    let distance = zip(before, after).map { abs($0 - $1) }.max() ?? 0
    #expect(distance > 0 && distance < 0.01)
    #expect(tuned.epochs.count == 1)
  }

  @Test func theFilesContentDecidesWhetherAKeptResultIsTaken() throws {
    let fixture = try Fixture(scheme: .lastLayer)
    let folder = "\(fixture.recordings.folder)/cache"
    let copy = "\(fixture.recordings.folder)/copy.safetensors"
    func stages() throws -> [RunStage: Bool] {
      var run = try fixture.recordings.run(fixture.pipeline(Pretrain(from: copy)))
      run.cache = ResultCache(directory: folder)
      return Dictionary(try run.run().stages.map { ($0.stage, $0.fromCache) }) { $0 && $1 }
    }
    try FileManager.default.copyItem(atPath: fixture.weights, toPath: copy)
    #expect(try stages()[.pretrain] == false)
    let second = try stages()
    #expect(second[.pretrain] == true && second[.quantize] == true)
    var file = try SafetensorsFile(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: copy))))
    let index = try #require(file.tensors.firstIndex { $0.name == "dense1.bias" })
    file.tensors[index] = NamedTensor("dense1.bias", shape: [2], [Float(0.5), -0.5])
    try Data(file.bytes()).write(to: URL(fileURLWithPath: copy))
    let third = try stages()
    #expect(third[.pretrain] == false && third[.quantize] == false && third[.ingest] == true)
    #expect(
      try fixture.recordings.run(fixture.pipeline(Pretrain(from: copy))).run().inputs.contains { $0.path == copy })
  }

  @Test func aFileThatIsMissingOrOfAnotherNetworkIsSaid() throws {
    let fixture = try Fixture(scheme: .lastLayer)
    func message(_ pipeline: Pipeline) -> String {
      do {
        _ = try fixture.recordings.run(pipeline).run()
        return ""
      } catch {
        return "\(error)"
      }
    }
    let nowhere = "\(fixture.recordings.folder)/nowhere.safetensors"
    #expect(message(fixture.pipeline(Pretrain(from: nowhere))).contains("there is no such file"))
    var other = fixture.pipeline(Pretrain(from: fixture.weights))
    guard case .model(var model) = other.stages[1] else { return #expect(Bool(false)) }
    model.layers[0] = Conv1D(8, kernel: 7, stride: 2).layer
    other.stages[1] = .model(model)
    let expected = "layer 'conv1' Conv1d [8, 3, 7] does not fit module 'conv1' [8, 3, 5]"
    #expect(message(other).contains(expected), "\(message(other))")
    // The same before anything runs, though only the recordings tell the channels.
    let issue = try #require(try other.checked().weightsIssue())
    #expect(issue.message.contains(expected) && issue.path.steps == [.child(2), .parameter("from")])
    #expect(try fixture.pipeline(Pretrain(from: fixture.weights)).checked().weightsIssue() == nil)
    #expect(try fixture.pipeline(Pretrain(from: nowhere)).checked().weightsIssue() == nil)
    let list = ["conv1", "head"]
    #expect(
      message(fixture.pipeline(Pretrain(from: fixture.weights, modules: list))).contains("names 2 modules"))
  }
}
