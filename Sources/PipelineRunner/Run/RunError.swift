public import Learning
public import ModelExchange
public import PipelineModel
public import SensorLogs
public import TrainingCompiler

/// Why a pipeline could not be run.
public enum RunError: Error, Sendable {
  case invalidPipeline(InvalidPipeline)
  case unknownEnvironmentVariable(UnknownEnvironmentVariable)
  /// No file stands where the pipeline reads.
  case noFileMatches(pattern: String, folder: String)
  case unreadable(LogReadError)
  /// Recordings that are read together must have the same channels.
  case channelsDiffer(path: String, expected: [String], found: [String])
  /// A channel has one unit in one recording and another in the next.
  case unitsDiffer(channel: String, path: String, expected: String, found: String)
  /// A recording holds what the pipeline does not allow.
  case dataQuality(DataQualityError)
  /// A stage of the program's own does not take the frames that reach it; the path is nil where it takes none of any
  /// recording.
  case stageDoesNotFit(stage: String, path: String?, StageMisfit)
  /// A stage of the program's own threw, or gave what cannot be used.
  case stageFailed(stage: String, path: String, reason: String)
  /// Two patterns of the pipeline match one file.
  case sameFileTwice(path: String, patterns: [String])
  /// Without resampling, recordings must have one rate.
  case ratesDiffer(path: String, expectedHz: Double, foundHz: Double)
  /// A recording is so much slower than the rate wanted that nearly all frames would be made up.
  case cannotResample(path: String, foundHz: Double, wantedHz: Double)
  /// The windows of a pipeline do not fit the memory that pretraining may take.
  case tooManyWindows(limitBytes: Int)
  /// A file's name does not tell whose recording it is.
  case noSubject(path: String)
  /// There is nothing to tell apart.
  case tooFewClasses(found: [String])
  /// A subject has no window to learn from, or none to be tested on.
  case subjectCannotAdapt(String, adapting: Int, testing: Int)
  /// The rate would still be rising when a subject's training ends.
  case warmUpTooLong(String, warmUpSteps: Int, trainingSteps: Int)
  /// Recordings were read, but no labelled window came of them.
  case noWindows(frames: Int, unlabelledFrames: Int, windowSamples: Int, firstLoss: String?)
  case unknownSubject(String, known: [String])
  case noTrainingWindows
  case noHeldOutWindows(subjects: [String])
  case rotations(path: String, reason: String)
  case missingRotation(subject: String, path: String)
  case rotationChannels(String, known: [String])
  case network(NetworkGraphError)
  case learning(LearningError)
  case folding(String)
  case quantization(QuantizationError)
  case scheme(UpdateSchemeError)
  case compilation(CompilationError)
  case search(SearchError)
  /// Someone is to play a newcomer in a search of whom there is no recording, or who is there already.
  case validationSubject(String, known: [String])
  /// A search pretrains on the training subjects who do not validate, and none is left.
  case nobodyToPretrainOn(validating: [String])
  /// The pipeline's own matrices, which a search takes unless told otherwise, lack someone who validates.
  case validationRotation(subject: String, path: String)
  /// What was begun in this place was another search.
  case otherSearch(path: String)
  case nothingToResume(path: String)
  case damagedSearchFile(path: String, reason: String)
  /// A setting that this version cannot carry out.
  case unsupported(setting: String, instead: String)
  case cannotWrite(path: String, reason: String)
  /// A recording cannot be played into a model or a pipeline.
  case replay(ReplayError)
  /// A folder is no run directory.
  case noRun(path: String, reason: String)
  /// The file of weights that a pipeline names is not there, or cannot be read.
  case noWeights(path: String, reason: String)
  case weights(path: String, WeightImportError)
  case quantizedTensors(path: String, QuantizedTensorsError)
  case cancelled
}

extension Double {
  /// Rounded, where that makes sense; files may state anything.
  var wholeOrAsIs: String { magnitude < 1e15 ? String(Int(rounded())) : "\(self)" }
}

extension RunError {
  /// The process's exit status, after sysexits.
  public var exitStatus: Int32 {
    switch self {
    case .invalidPipeline, .unknownEnvironmentVariable, .sameFileTwice, .network, .scheme, .compilation, .unsupported,
      .rotationChannels, .validationSubject, .nobodyToPretrainOn:
      78
    case .search(let error):
      switch error {
      case .cancelled: 130
      case .subjectCannotAdapt, .windowsDoNotFit: 65
      default: 78
      }
    case .otherSearch, .damagedSearchFile: 65
    case .nothingToResume, .validationRotation: 66
    case .noFileMatches, .noRun, .noWeights: 66
    case .weights, .quantizedTensors: 65
    case .unreadable(let error):
      switch error.code {
      case .cannotOpen, .noFileMatches: 66
      case .cannotWrite: 73
      case .cannotRead: 74
      case .cancelled: 130
      default: 65
      }
    case .rotations, .missingRotation: 66
    case .dataQuality(.unknownChannel): 78
    case .stageDoesNotFit(_, nil, _): 78
    case .stageDoesNotFit, .stageFailed: 65
    case .dataQuality, .channelsDiffer, .unitsDiffer, .ratesDiffer, .cannotResample, .tooManyWindows, .noSubject,
      .tooFewClasses,
      .subjectCannotAdapt, .warmUpTooLong, .noWindows, .unknownSubject, .noTrainingWindows,
      .noHeldOutWindows:
      65
    case .learning(.cancelled), .cancelled: 130
    case .learning, .folding, .quantization: 65
    case .replay(let error): error.exitStatus
    case .cannotWrite: 73
    }
  }
}

extension RunError: CustomStringConvertible {
  /// What happened, where, and what to do.
  public var description: String {
    switch self {
    case .invalidPipeline(let invalid):
      invalid.issues.map { issue in issue.message + (issue.suggestion.map { "; \($0)" } ?? "") }.joined(separator: "\n")
    case .unknownEnvironmentVariable(let error): error.description
    case .noFileMatches(let pattern, let folder):
      "no file matches '\(pattern)' in '\(folder)'; check the path, which counts from the current folder"
    case .unreadable(let error): error.description
    case .channelsDiffer(let path, let expected, let found):
      "\(path): channels \(Self.list(found)) differ from \(Self.list(expected)) of the recordings before; "
        + "name the channels in Read(channels:)"
    case .unitsDiffer(let channel, let path, let expected, let found):
      "\(path): '\(channel)' is in \(found), but in \(expected) in the recordings before, and units are never mixed "
        + "silently; " + Self.unitAdvice(channel, expected, found)
    case .dataQuality(let error): error.description
    case .stageDoesNotFit(let stage, let path, let misfit):
      (path.map { "\($0): " } ?? "") + "the stage '\(stage)' \(misfit.phrase)"
        + (misfit.suggestion.map { "; \($0)" } ?? "")
    case .stageFailed(let stage, let path, let reason): "\(path): the stage '\(stage)' \(reason)"
    case .sameFileTwice(let path, let patterns):
      "\(path): two stages match this file, \(Self.list(patterns)); change one pattern, so that no window counts twice"
    case .ratesDiffer(let path, let expected, let found):
      "\(path): recorded at about \(found.wholeOrAsIs) Hz, the recordings before at about "
        + "\(expected.wholeOrAsIs) Hz; add Resample(hertz:)"
    case .cannotResample(let path, let found, let wanted):
      "\(path): recorded at about \(found) Hz, which is too far below the \(wanted) Hz of Resample; "
        + "is the unit of its time right? A lower rate or Gaps(longerThan:) would also do"
    case .tooManyWindows(let limit):
      "the windows take more than \(limit >> 20) MiB; read fewer files, or cut them with a longer hop"
    case .noSubject(let path):
      "\(path): the name begins with no letter or digit, so it does not tell the subject; "
        + "rename it, or write Subjects(from: .fileNamePrefix(n))"
    case .tooFewClasses(let found):
      "the recordings have labels \(Self.list(found)), and learning needs two classes; check Labels"
    case .subjectCannotAdapt(let name, let adapting, let testing):
      "subject '\(name)' has \(adapting) windows to learn from and \(testing) to be tested on, those that share "
        + "samples left out; change adaptFraction or adaptFrom, or hold out another"
    case .warmUpTooLong(let name, let warmUp, let steps):
      "the rate warms up over \(warmUp) steps, but subject '\(name)' trains for \(steps) only; make warmUp smaller "
        + "than that, or epochs larger"
    case .noWindows(let frames, let unlabelled, let samples, let loss):
      "no labelled window of \(samples) samples came out of \(frames) frames (\(unlabelled) of them unlabelled); "
        + "check Labels, Gaps and the window length" + (loss.map { ". The first loss: \($0)" } ?? "")
    case .unknownSubject(let name, let known):
      "Split holds out '\(name)', but the recordings are of \(Self.list(known)); correct holdOut or Subjects"
    case .noTrainingWindows: "Split holds out every subject; leave some to train on"
    case .noHeldOutWindows(let subjects):
      "no window of the held-out subjects \(Self.list(subjects)) is labelled; check holdOut and Labels"
    case .rotations(let path, let reason):
      "\(path): \(reason); Rotate reads JSON of the form {\"subject\": [[1,0,0],[0,1,0],[0,0,1]]}"
    case .missingRotation(let subject, let path):
      "\(path): no matrix for subject '\(subject)'; add one, or leave the subject out of Rotate(on:)"
    case .rotationChannels(let channel, let known):
      "Rotate turns triplets of channels, and '\(channel)' does not fit; the recordings have \(Self.list(known))"
    case .network(let error): Self.text(error)
    case .learning(let error): error.description
    case .folding(let text): text
    case .quantization(let error): Self.text(error)
    case .scheme(let error): Self.text(error)
    case .compilation(let error): Self.text(error)
    case .search(.nothingFits(let budget, let smallest)):
      "no update scheme fits \(budget) bytes: the one that needs least takes \(smallest); "
        + "allow as much, or make the model or the window smaller"
    case .search(let error): error.description
    case .validationSubject(let name, let known):
      "the Split of Search holds out '\(name)', but the training subjects are \(Self.list(known)); correct holdOut"
    case .nobodyToPretrainOn(let validating):
      "the search leaves no training subject to pretrain on besides \(Self.list(validating)), who play newcomers; "
        + "name fewer in Search { Split(holdOut:) }, or record more people"
    case .validationRotation(let subject, let path):
      "\(path): no matrix for '\(subject)', who plays a newcomer in the search; "
        + "write Search { Rotate(by: .subject, seed: 1) }, or add a matrix"
    case .otherSearch(let path):
      "\(path): was begun with other recordings, subjects, seeds or settings, and results must not be mixed; "
        + "choose another --output, or leave out --resume"
    case .nothingToResume(let path):
      "\(path): no search was begun here; leave out --resume, or correct --output"
    case .damagedSearchFile(let path, let reason): "\(path): \(reason); remove it to do that part of the search again"
    case .unsupported(let setting, let instead): "\(setting) cannot be used here; \(instead)"
    case .cannotWrite(let path, let reason): "\(path): cannot write: \(reason); choose another --output"
    case .replay(let error): error.description
    case .noWeights(let path, let reason):
      "\(path): \(reason); correct Pretrain(from:), whose path counts from the current folder"
    case .weights(let path, let error): "\(path): \(error.description)"
    case .quantizedTensors(let path, let error): "\(path): \(error.description)"
    case .noRun(let path, let reason): "\(path): \(reason); give a folder that 'martlet run' left"
    case .cancelled: "cancelled"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty
      ? "none" : names.prefix(12).map { "'\($0.printable)'" }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }

  private static func unitAdvice(_ channel: String, _ expected: String, _ found: String) -> String {
    guard let first = MeasurementUnit(expected), let second = MeasurementUnit(found), first.quantity == second.quantity
    else { return "correct the unit in one of the recordings" }
    return "write Convert([\"\(channel)\"], to: \"\(first.symbol)\")"
  }

  private static func text(_ error: NetworkGraphError) -> String {
    switch error {
    case .kernelDoesNotFit(let layer, let kernel, let length):
      "layer '\(layer)' has a kernel of \(kernel) frames over \(length); shorten the kernel or lengthen the window"
    case .shapeMismatch(let layer, let left, let right):
      "the join '\(layer)' adds \(left.length) × \(left.channels) to \(right.length) × \(right.channels)"
    case .duplicateName(let name): "two layers are called '\(name)'"
    }
  }

  private static func text(_ error: QuantizationError) -> String {
    switch error {
    case .normalizationNotFolded(let layer):
      "'\(layer)' is a batch normalisation that no convolution precedes; move it behind one"
    case .activationCannotBeFused(let layer, let after):
      "the activation '\(layer)' follows '\(after)'; put it behind a convolution, a dense layer or a residual join"
    case .lastLayerIsNotDense(let layer):
      "the network ends in '\(layer)'; end it with Dense(.classes) without an activation"
    case .biasOutOfRange(let layer):
      "'\(layer)' has biases that do not fit 32 bits beside inputs so small; write Normalize(.perChannel)"
    case .notFinite(let layer):
      "'\(layer)' has weights or activations that are not finite; lower the learning rate of Pretrain"
    }
  }

  private static func text(_ error: UpdateSchemeError) -> String {
    switch error {
    case .tooFewBlocks(let asked, let available):
      "Update(.lastBlocks(\(asked))) asks for more blocks than the network's \(available)"
    case .unknownTensor(let name, let available):
      "Update names the tensor '\(name)'; the network has \(list(available))"
    case .empty: "Update changes nothing; name at least one tensor"
    }
  }

  private static func text(_ error: CompilationError) -> String {
    switch error {
    case .sumTooWide(let layer, let sum):
      "layer '\(layer)' is too large for 32-bit sums (\(sum)); use fewer channels or a shorter window"
    case .noLogits: "the network must end in Dense(.classes)"
    case .fixedChannels(let layer):
      "Update names a share of '\(layer).weights', but '\(layer)' reads the sensor's channels, which keep their order; "
        + "update it whole: '\(layer).weights'"
    case .budgetTooSmall(let needed, let budget, let largest):
      "the training step needs \(needed) bytes of arena, \(needed - budget) more than the \(budget) of Train(arena:); "
        + "update less, or allow .bytes(\(needed)). Largest at the peak: "
        + largest.map { "\($0.name) \($0.byteCount)" }.joined(separator: ", ")
    case .tooLarge: "the plan is larger than 2 GiB"
    }
  }
}
