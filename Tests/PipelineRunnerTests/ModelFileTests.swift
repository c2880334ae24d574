import Foundation
import Learning
import PipelineModel
import Tensors
import Testing
import Training
import TrainingCompiler

@testable import PipelineRunner

@Suite struct ModelFileTests {
  /// One small run for all tests of this file: two subjects adapt, who move less than those of training.
  private struct Fixture {
    let outcome: RunOutcome
    let bytes: [UInt8]
    /// As recorded.
    let windows: WindowSet

    init() throws {
      let recordings = try SyntheticRecordings()
      try recordings.writeCSV("a.csv")
      try recordings.writeCSV("b.csv", amplitude: 0.25)
      try recordings.writeCSV("c.csv", amplitude: 0.4)
      var pipeline = recordings.pipeline(holdOut: ["b", "c"])
      // Enough to change what is predicted.
      for index in pipeline.stages.indices {
        guard case .train(var train) = pipeline.stages[index] else { continue }
        train.epochs = 30
        train.optimizer = .sgd(0.05)
        pipeline.stages[index] = .train(train)
      }
      let run = try recordings.run(pipeline)
      outcome = try run.run()
      windows = try run.ingest().windows
      bytes = try #require(try ModelFile(outcome)).bytes()
    }

    /// The windows on which a subject was tested, as recorded.
    func testWindows(of subject: String) throws -> [ArraySlice<Float>] {
      let index = try #require(windows.subjectNames.firstIndex(of: subject))
      let split = AdaptationSplit(
        of: windows, indices: windows.indices(ofSubjects: [index]), fraction: 0.5, pieces: .classes)
      return split.test.map { windows.window($0) }
    }
  }

  private static let fixture = Result { try Fixture() }
  private var bytes: [UInt8] { get throws { try Self.fixture.get().bytes } }

  @Test func aModelReadsBackAsWritten() throws {
    let model = try ModelFile(bytes: bytes)
    #expect(try model.bytes() == bytes)
    #expect(model.description.classNames == ["rest", "swing"])
    #expect(model.description.training?.subjects == ["b", "c"])
    #expect(model.adaptedWeights.count == 2)
    #expect(model.adaptedWeights[0] != model.adaptedWeights[1])
  }

  // MARK: Applying

  @Test func aSubjectsWeightsRepeatItsPredictionsFromTheRecordedValues() throws {
    let fixture = try Self.fixture.get()
    let model = try ModelFile(bytes: fixture.bytes)
    for subject in try #require(fixture.outcome.training).subjects {
      let windows = try fixture.testWindows(of: subject.name).map { model.quantized($0) }
      let before = try model.session(subject: nil)
      let after = try model.session(subject: subject.name)
      #expect(windows.map { before.predict($0) } == subject.result.predictionsBefore)
      #expect(windows.map { after.predict($0) } == subject.result.predictionsAfter)
      // Otherwise either set of weights would do.
      #expect(subject.result.predictionsBefore != subject.result.predictionsAfter, "subject \(subject.name)")
    }
  }

  @Test func theScoresAreTheSharesByWhichTheLossIsMeasured() throws {
    let fixture = try Self.fixture.get()
    let model = try ModelFile(bytes: fixture.bytes)
    let session = try model.session(subject: nil)
    let subject = try #require(fixture.outcome.training?.subjects.first)
    for (index, window) in try fixture.testWindows(of: subject.name).enumerated() {
      let input = model.quantized(window)
      let prediction = session.predict(input)
      let scores = session.scores
      #expect(scores.count == model.description.classNames.count && abs(scores.reduce(0, +) - 1) < 1e-12)
      #expect(scores[prediction] == scores.max())
      // The loss is computed in integers, in units of 2^-20.
      let label = index % scores.count
      #expect(abs(session.step(input, label: label).loss + log(scores[label])) < 1e-4)
    }
  }

  @Test func everyTensorOfTheTableHoldsWhatTheSubjectsArenaHeld() throws {
    let fixture = try Self.fixture.get()
    let model = try ModelFile(bytes: fixture.bytes)
    let training = try #require(fixture.outcome.training)
    let tensors = try #require(model.description.training?.tensors)
    #expect(Set(tensors.map(\.name)).isSuperset(of: ["conv1.weights", "conv1.bias", "dense1.weights"]))
    for subject in training.subjects {
      let session = try model.session(subject: subject.name)
      for tensor in tensors {
        let held = Array(subject.result.arena[tensor.offset..<tensor.offset + tensor.byteCount])
        #expect(session.persistentBytes(named: tensor.name) == held, "\(tensor.name)")
      }
    }
  }

  /// Of tensors of which some channels are updated, the file says where what it holds belongs.
  @Test(arguments: [ChannelCriterion.magnitude, .gradient])
  func sharesOfTensorsAreHeldWithTheirChannels(criterion: ChannelCriterion) throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    try recordings.writeCSV("b.csv", amplitude: 0.25)
    let names = ["block1.expand.weights/2", "block1.expand.bias", "block1.depthwise.weights/4", "dense1.weights"]
    var pipeline = recordings.pipeline(scheme: .tensors(names))
    for index in pipeline.stages.indices {
      guard case .update(var update) = pipeline.stages[index] else { continue }
      update.channels = criterion
      pipeline.stages[index] = .update(update)
    }
    let run = try recordings.run(pipeline)
    let outcome = try run.run()
    let model = try ModelFile(bytes: #require(try ModelFile(outcome)).bytes())
    let tensors = try #require(model.description.training?.tensors)
    func tensor(_ name: String) throws -> ModelDescription.Tensor {
      try #require(tensors.first { $0.name == name })
    }
    // 8 input channels, 16 output channels, one tap; 16 channels, 3 taps.
    let expand = try tensor("block1.expand.weights")
    #expect(expand.byteCount == 16 * 4 && expand.inputChannels?.count == 4)
    let depthwise = try tensor("block1.depthwise.weights")
    #expect(depthwise.byteCount == 3 * 4 && depthwise.inputChannels?.count == 4 && depthwise.outputChannels == nil)
    // The rows of the layer before stand in the order of the depthwise convolution's channels.
    let rows = try #require(expand.outputChannels)
    #expect(rows.sorted() == Array(0..<16) && Array(rows.prefix(4)) == depthwise.inputChannels)
    #expect(try tensor("block1.expand.bias").outputChannels == rows)
    // The join makes the order of the block's input that of the pool, which the last layer reads.
    let dense = try #require(try tensor("dense1.weights").inputChannels)
    #expect(dense.count == 8 && Array(dense.prefix(4)) == expand.inputChannels)

    let subject = try #require(outcome.training?.subjects.first)
    let session = try model.session(subject: subject.name)
    let windows = try run.ingest().windows
    let index = try #require(windows.subjectNames.firstIndex(of: subject.name))
    let split = AdaptationSplit(
      of: windows, indices: windows.indices(ofSubjects: [index]), fraction: 0.5, pieces: .classes)
    let predictions = split.test.map { session.predict(model.quantized(windows.window($0))) }
    #expect(predictions == subject.result.predictionsAfter)
  }

  @Test func aSessionGoesOnLearning() throws {
    let fixture = try Self.fixture.get()
    let model = try ModelFile(bytes: fixture.bytes)
    let session = try model.session(subject: "b", learningRate: LearningRate(rate: RuntimeScale(0.05)))
    let window = model.quantized(try fixture.testWindows(of: "b")[0])
    let first = session.step(window, label: 0).loss
    for _ in 0..<30 { session.step(window, label: 0) }
    #expect(session.step(window, label: 0).loss < first)
  }

  @Test func aRunThatDoesNotTrainLeavesAModelThatPredicts() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    var pipeline = recordings.pipeline()
    pipeline.stages.removeAll { stage in
      switch stage {
      case .train, .update: true
      default: false
      }
    }
    let run = try recordings.run(pipeline)
    let outcome = try run.run()
    let model = try ModelFile(bytes: #require(try ModelFile(outcome)).bytes())
    #expect(model.description.training == nil)
    let session = try model.session(subject: nil)
    let windows = try run.ingest().windows
    let heldOut = windows.subset(windows.indices(ofSubjects: [1]))
    let predictions = (0..<heldOut.count).map { session.predict(model.quantized(heldOut.window($0))) }
    #expect(
      ConfusionMatrix(labels: heldOut.labels, predictions: predictions, classes: 2) == outcome.quantization?.confusion)
    #expect(throws: ModelFile.ReadError.unknownSubject("b", known: [])) { try model.session(subject: "b") }
  }

  @Test func theRateIsTheOneThatWasAskedFor() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    // 30 Hz has no whole period in nanoseconds.
    let run = try recordings.run(recordings.pipeline(steps: [.resample(Resample(hertz: 30))]))
    #expect(try run.ingest().sampleRateHz == 30)
  }

  // MARK: Damage

  @Test func everyCutIsATypedError() throws {
    let bytes = try bytes
    // Every cut within the first section, then in steps: a cut inside a large section behaves alike.
    let cuts = Array(0..<200) + Array(stride(from: 200, to: bytes.count, by: 97)) + [bytes.count - 1]
    for cut in cuts {
      #expect(throws: ModelFile.ReadError.self) { try ModelFile(bytes: Array(bytes.prefix(cut))) }
    }
    #expect(throws: ModelFile.ReadError.trailingBytes(byteOffset: bytes.count)) { try ModelFile(bytes: bytes + [0]) }
  }

  @Test func everyFlippedBitIsSeen() throws {
    let bytes = try bytes
    for position in Array(0..<200) + Array(stride(from: 200, to: bytes.count, by: 53)) {
      var damaged = bytes
      damaged[position] ^= 1 << UInt8(position % 8)
      #expect(throws: ModelFile.ReadError.self, "byte \(position)") { try ModelFile(bytes: damaged) }
    }
  }

  /// Starts and uses a damaged model; a trap ends the test process.
  ///
  /// - Returns: Whether it was accepted.
  private func runs(_ model: ModelFile, _ what: @autoclosure () -> String) throws -> Bool {
    let session: TrainingSession
    do {
      session = try model.session(subject: "b", learningRate: LearningRate(rate: RuntimeScale(0.05)))
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
    let count = model.description.input.windowSamples * model.description.input.channelNames.count
    let window = (0..<count).map { Int8(truncatingIfNeeded: $0 &* 37) }
    for label in 0..<2 {
      #expect((0..<2).contains(session.predict(window)), "\(what())")
      #expect((0..<2).contains(session.step(window, label: label).prediction), "\(what())")
    }
    return true
  }

  /// A model with the operations that the fixture's plan lacks: pools over some frames, and error feedback.
  private func pooled() throws -> ModelFile {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    var pipeline = recordings.pipeline()
    for index in pipeline.stages.indices {
      switch pipeline.stages[index] {
      case .model:
        pipeline.stages[index] = .model(
          Model {
            Conv1D(4, kernel: 3)
            MaxPool(kernel: 2)
            Conv1D(4, kernel: 3)
            AveragePool(kernel: 3)
            GlobalAveragePool()
            Dense(.classes)
          })
      case .train(var train):
        train.rounding = .errorFeedback
        pipeline.stages[index] = .train(train)
      default: break
      }
    }
    return try #require(try ModelFile(recordings.run(pipeline).run()))
  }

  /// A model whose steps use what others lack: wide errors, carried scales, stochastic errors and a momentum.
  private func withEveryOption() throws -> ModelFile {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    var pipeline = recordings.pipeline()
    for index in pipeline.stages.indices {
      guard case .train(var train) = pipeline.stages[index] else { continue }
      train.optimizer = .sgd(0.01, momentum: 0.9)
      train.errors = .int16
      train.errorScale = .carried
      train.errorRounding = .stochastic
      train.schedule = .step(every: 9, factor: 0.5)
      train.warmUp = 3
      pipeline.stages[index] = .train(train)
    }
    return try #require(try ModelFile(recordings.run(pipeline).run()))
  }

  /// Velocities and carried scales come back with the weights, whatever bytes a file has for them.
  @Test func whatOutlivesAStepComesBack() throws {
    var model = try withEveryOption()
    let tensors = try #require(model.description.training?.tensors)
    #expect(Set(tensors.map(\.name)).isSuperset(of: ["conv1.weights velocity", "conv1.bias velocity"]))
    #expect(tensors.contains { $0.name.hasSuffix("error magnitude") })
    let session = try model.session(subject: "b")
    var position = 0
    for tensor in tensors {
      let held = Array(model.adaptedWeights[0][position..<position + tensor.byteCount])
      #expect(session.persistentBytes(named: tensor.name) == held, "\(tensor.name)")
      position += tensor.byteCount
    }
    for byte in [0xFF, 0x7F, 0x80, 0x01, 0x55] as [UInt8] {
      model.adaptedWeights[0] = Array(repeating: byte, count: model.adaptedWeights[0].count)
      #expect(try runs(model, "all bytes \(byte)"))
    }
  }

  @Test func everyDamagedPlanWordIsRefusedOrRuns() throws {
    for model in [try ModelFile(bytes: bytes), try pooled(), try withEveryOption()] {
      var accepted = 0
      var refused = 0
      for position in model.planWords.indices {
        let word = model.planWords[position]
        let values: [Int32] = [
          -1, 0, 1, .max, .min, word &+ 1, word &- 1, word &+ 4, word &+ 64, word &- 64, word ^ 0x100, ~word,
          word &* 2,
        ]
        for value in Set(values) where value != word {
          var damaged = model
          damaged.planWords[position] = value
          if try runs(damaged, "word \(position): \(word) became \(value)") { accepted += 1 } else { refused += 1 }
        }
      }
      // Fields that scale values may hold anything; sizes, operands and opcodes may not.
      #expect(accepted > 100)
      #expect(refused > 5 * model.planWords.count)
    }
  }

  @Test func severalDamagedPlanWordsAreRefusedOrRun() throws {
    let models = [try ModelFile(bytes: bytes), try pooled()]
    let random = CounterRandom(seed: 11, stream: 0)
    var counter: UInt32 = 0
    func draw(_ count: Int) -> Int {
      counter += 1
      return Int(random.word(at: counter)) % count
    }
    for round in 0..<4000 {
      var damaged = models[round % 2]
      for _ in 0..<2 + draw(2) {
        // Fields of one operation take each other's values and small steps from their own.
        let position = draw(damaged.planWords.count)
        let near = min(damaged.planWords.count - 1, position + draw(40))
        damaged.planWords[position] =
          draw(2) == 0 ? damaged.planWords[near] : damaged.planWords[position] &+ Int32(draw(65) - 32)
      }
      _ = try runs(damaged, "seed 11, round \(round)")
    }
  }

  @Test func aDamagedPlanWithItsChecksumIsRefusedAsTheFileIsRead() throws {
    let model = try ModelFile(bytes: bytes)
    var refused = 0
    for position in stride(from: 0, to: model.planWords.count, by: 5) {
      for value in [-1, Int32.max, Int32.min, model.planWords[position] &+ 1] {
        var damaged = model
        damaged.planWords[position] = value
        do {
          let read = try ModelFile(bytes: try damaged.bytes())
          _ = try runs(read, "word \(position) became \(value)")
        } catch let error as ModelFile.ReadError {
          guard case .invalidPlan = error else {
            // The header's sizes are compared with the description too.
            #expect(position < Plan.Header.wordCount, "\(error)")
            continue
          }
          refused += 1
        }
      }
    }
    #expect(refused > model.planWords.count / 5)
  }

  @Test func everyDamagedConstantIsRefusedOrRuns() throws {
    let model = try ModelFile(bytes: bytes)
    var accepted = 0
    for position in model.constants.indices {
      for mask: UInt8 in [0x80, 0xFF] {
        var damaged = model
        damaged.constants[position] ^= mask
        if try runs(damaged, "constant \(position) ^ \(mask)") { accepted += 1 }
      }
    }
    #expect(accepted > 100)
    #expect(accepted < 2 * model.constants.count)
  }

  @Test func theOperationsOfAPlanInAnotherOrderAreRefusedOrRun() throws {
    let model = try ModelFile(bytes: bytes)
    var starts: [Int] = []
    var position = Plan.Header.wordCount
    while position < model.planWords.count {
      starts.append(position)
      position += Int(model.planWords[position] >> 8)
    }
    let records = starts.indices.map { i in
      Array(model.planWords[starts[i]..<(i + 1 < starts.count ? starts[i + 1] : position)])
    }
    var refused = 0
    for i in records.indices {
      for j in 0..<i {
        var swapped = records
        swapped.swapAt(i, j)
        var damaged = model
        damaged.planWords = Array(model.planWords[..<Plan.Header.wordCount]) + swapped.flatMap { $0 }
        if try !runs(damaged, "operations \(j) and \(i) change places") { refused += 1 }
      }
    }
    #expect(refused > 0)
  }

  @Test func partsThatDoNotBelongTogetherAreRefused() throws {
    let model = try ModelFile(bytes: bytes)
    func refuses(_ what: Comment, _ change: (inout ModelFile) -> Void) throws {
      var damaged = model
      change(&damaged)
      let bytes = try damaged.bytes()
      #expect(throws: ModelFile.ReadError.self, what) { try ModelFile(bytes: bytes) }
      #expect(throws: ModelFile.ReadError.self, what) { try damaged.session(subject: nil) }
    }
    try refuses("fewer constants") { $0.constants.removeLast() }
    try refuses("more constants") { $0.constants.append(0) }
    try refuses("fewer words") { $0.planWords.removeLast() }
    try refuses("no words") { $0.planWords = [] }
    try refuses("a subject's last byte") { $0.adaptedWeights[0].removeLast() }
    try refuses("a subject too many") { $0.adaptedWeights.append($0.adaptedWeights[0]) }
    try refuses("a subject twice") { $0.description.training?.subjects = ["b", "b"] }
    try refuses("a class too many") { $0.description.classNames.append("other") }
    try refuses("a channel too many") { $0.description.input.channelNames.append("w") }
    try refuses("a huge window") { $0.description.input.windowSamples = .max }
    try refuses("a negative window") { $0.description.input.windowSamples = -32 }
    try refuses("a scale of 0") { $0.description.input.scale = 0 }
    try refuses("a zero point of 128") { $0.description.input.zeroPoint = 128 }
    try refuses("a mean too few") { $0.description.input.mean.removeLast() }
    try refuses("a deviation of 0") { $0.description.input.deviation[0] = 0 }
    try refuses("another arena") { $0.description.training?.arenaBytes += 1 }
    try refuses("no training") { $0.description.training = nil }
    let tensors = try #require(model.description.training?.tensors)
    for index in tensors.indices {
      for offset in [-1, 1, Int.max, Int.min, 1 << 31] {
        try refuses("tensor \(index) moved") { $0.description.training?.tensors[index].offset &+= offset }
        try refuses("tensor \(index) grown") { $0.description.training?.tensors[index].byteCount &+= offset }
      }
      try refuses("tensor \(index) left out") { $0.description.training?.tensors.remove(at: index) }
    }
    try refuses("a name twice") { $0.description.training?.tensors[1].name = tensors[0].name }
    try refuses("another order") { $0.description.training?.tensors.swapAt(0, 1) }
  }

  @Test func anUnknownSubjectIsNamedWithThoseThatAreKnown() throws {
    let model = try ModelFile(bytes: bytes)
    let error = #expect(throws: ModelFile.ReadError.self) { try model.session(subject: "a") }
    #expect(error?.description == "the model holds no weights of subject 'a'; it holds those of b, c")
  }
}
