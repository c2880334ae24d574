public import Learning
import Signal
public import Tensors
public import Training
import TrainingCompiler

extension ModelFile {
  // MARK: Checking

  /// Proves that the parts belong together and that the plan runs.
  func check() throws(ReadError) -> PlanCheck {
    let plan: PlanCheck
    do {
      plan = try PlanCheck(words: planWords, constants: constants)
    } catch {
      throw .invalidPlan(error)
    }
    try checkInput(plan)
    guard description.classNames.count == plan.classCount else {
      throw .sizesDiffer(what: "classes", described: description.classNames.count, planned: plan.classCount)
    }
    guard let training = description.training else {
      guard adaptedWeights.isEmpty else { throw .subjectCount(named: 0, found: adaptedWeights.count) }
      return plan
    }
    guard training.arenaBytes == plan.arenaBytes else {
      throw .sizesDiffer(what: "bytes of arena", described: training.arenaBytes, planned: plan.arenaBytes)
    }
    try check(training, plan)
    return plan
  }

  private func checkInput(_ plan: PlanCheck) throws(ReadError) {
    let input = description.input
    let channels = input.channelNames.count
    let (values, overflow) = input.windowSamples.multipliedReportingOverflow(by: channels)
    guard !overflow, values == plan.inputBytes else {
      throw .sizesDiffer(
        what: "values a window", described: overflow ? Int.max : values, planned: plan.inputBytes)
    }
    guard input.channelUnits.count == channels else { throw .invalidInput(field: "channelUnits") }
    guard (1e-6...1e9).contains(input.sampleRateHz) else { throw .invalidInput(field: "sampleRateHz") }
    guard input.windowSamples > 0 else { throw .invalidInput(field: "windowSamples") }
    guard input.hopSamples > 0 else { throw .invalidInput(field: "hopSamples") }
    guard input.mean.isEmpty || input.mean.count == channels else { throw .invalidInput(field: "mean") }
    guard input.deviation.count == input.mean.count, input.deviation.allSatisfy({ $0 > 0 }) else {
      throw .invalidInput(field: "deviation")
    }
    guard input.scale.isFinite, input.scale > 0 else { throw .invalidInput(field: "scale") }
    guard (-128...127).contains(input.zeroPoint) else { throw .invalidInput(field: "zeroPoint") }
  }

  private func check(_ training: ModelDescription.Training, _ plan: PlanCheck) throws(ReadError) {
    var names: Set<String> = []
    var end = 0
    var bytes = 0
    for tensor in training.tensors {
      // In order and apart, each one of the buffers that the plan copies initial weights to.
      guard tensor.offset >= end, tensor.byteCount > 0, tensor.byteCount <= plan.arenaBytes,
        tensor.offset <= plan.arenaBytes - tensor.byteCount, names.insert(tensor.name).inserted,
        plan.initialRanges.contains(tensor.offset..<tensor.offset + tensor.byteCount), tensor.namesChannelsOnce
      else { throw .invalidTensor(tensor.name) }
      end = tensor.offset + tensor.byteCount
      bytes += tensor.byteCount
    }
    guard adaptedWeights.count == training.subjects.count else {
      throw .subjectCount(named: training.subjects.count, found: adaptedWeights.count)
    }
    var subjects: Set<String> = []
    for (subject, weights) in zip(training.subjects, adaptedWeights) {
      guard subjects.insert(subject).inserted else { throw .repeatedSubject(subject) }
      guard weights.count == bytes else {
        throw .subjectBytes(subject: subject, expected: bytes, found: weights.count)
      }
    }
  }

  // MARK: Applying

  /// An engine on the model's plan, with the weights of a subject.
  ///
  /// - Parameters:
  ///   - subject: One of `description.training.subjects`; nil for the weights as quantised, before any adaptation.
  ///   - learningRate: Of steps taken with the session; none is needed to predict. A model of a run that did not
  ///     train has no backward pass, and its steps change nothing.
  ///   - seed: Of the steps' rounding; the run's unless given.
  public func session(
    subject: String?, learningRate: LearningRate = LearningRate(rate: .zero), seed: UInt64? = nil
  ) throws(ReadError) -> TrainingSession {
    let plan = try check()
    var weights: [UInt8]?
    if let subject {
      let known = description.training?.subjects ?? []
      guard let index = known.firstIndex(of: subject) else { throw .unknownSubject(subject, known: known) }
      weights = adaptedWeights[index]
    }
    let tensors = description.training?.tensors ?? []
    let session: TrainingSession
    do {
      session = try TrainingSession(
        words: planWords, constants: constants, arenaBytes: plan.arenaBytes,
        persistentRanges: Dictionary(
          uniqueKeysWithValues: tensors.map { ($0.name, $0.offset..<$0.offset + $0.byteCount) }),
        learningRate: learningRate, seed: seed ?? description.seed)
    } catch {
      preconditionFailure("a checked plan starts in the arena that it asks for: \(error)")
    }
    guard let weights else { return session }
    var position = 0
    for tensor in tensors {
      session.setPersistentBytes(weights[position..<position + tensor.byteCount], named: tensor.name)
      position += tensor.byteCount
    }
    return session
  }

  /// The int8 input of a measured window: normalised as the training subjects were, then quantised.
  ///
  /// - Parameter window: `[windowSamples][channels]` values as recorded, frame-major, in the units of the description.
  /// - Precondition: The window has all its values.
  public func quantized(_ window: some Collection<Float>) -> [Int8] {
    let input = description.input
    let channels = input.channelNames.count
    precondition(window.count == input.windowSamples * channels, "a window has all its values")
    let quantizer = InputQuantizer(scale: input.scale, zeroPoint: input.zeroPoint)
    return window.enumerated().map { index, value in
      guard !input.mean.isEmpty else { return quantizer.quantize(value) }
      let channel = index % channels
      return quantizer.quantize(Float((Double(value) - input.mean[channel]) / input.deviation[channel]))
    }
  }
}
