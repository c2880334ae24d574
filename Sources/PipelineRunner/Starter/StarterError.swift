/// Why no pipeline can be proposed.
public enum StarterError: Error, Sendable, Hashable {
  case noRecordings
  case noCommonChannels(first: [String], path: String, channels: [String])
  case noLabels(columns: [String], firstLoss: String?)
  case oneLabel(String)
  case runsTooShort(typicalFrames: Int, neededFrames: Int)
  case noRate(path: String)
  case unknownSubject(String, known: [String])
  /// Every subject is to be held out.
  case nobodyLeft([String])
  /// Names were given for labels that are no numbers, or fewer than there are numbers.
  case labelsHaveNames([String])
  case tooFewNames(given: Int, needed: Int)
  /// An option that recordings of this format cannot use.
  case uselessOption(String, format: String)
  /// So few windows come of the recordings that nothing can be learned.
  case tooFewWindows(training: Int, needed: Int, rejected: Int)
  /// A subject has no window to adapt to, or none to be tested on.
  case cannotAdapt([String], adapting: Int, testing: Int)
  case doesNotFit(budgetBytes: Int, neededBytes: Int)
  /// What a run of the pipeline would say.
  case wouldNotRun(String)
  case invalid(String)
  case cancelled
}

extension StarterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noRecordings: "there is no recording to look at"
    case .noCommonChannels(let first, let path, let channels):
      "\(path) has the channels \(channels.joined(separator: ", ")), and none of \(first.joined(separator: ", ")) of the "
        + "recordings before it; a pipeline is about one kind of sensor"
    case .noLabels(let columns, let loss):
      "no frame is labelled, and to learn takes labels; say where they are by --label-column (the channels are "
        + "\(columns.joined(separator: ", "))), --labels FILE or --label-from-name"
        + (loss.map { ". The first loss: \($0)" } ?? "")
    case .oneLabel(let label):
      "every labelled frame shows '\(label)'; a classifier needs at least two labels, so give it recordings of others"
    case .runsTooShort(let typical, let needed):
      "stretches of one label are too short for windows: half of them last at most \(typical) "
        + "\(typical == 1 ? "frame" : "frames"), and \(needed) are needed; label longer stretches, or record at a higher "
        + "rate"
    case .noRate(let path): "\(path): has no times and no rate; give it by --rate"
    case .unknownSubject(let name, let known):
      "no recording is of '\(name)'; the subjects are \(known.joined(separator: ", "))"
    case .nobodyLeft(let names):
      "--hold-out names every subject, \(names.joined(separator: ", ")); leave some to pretrain on"
    case .labelsHaveNames(let labels):
      "--label-names is for labels that are numbers, and these are \(labels.prefix(6).joined(separator: ", ")); leave it "
        + "out"
    case .tooFewNames(let given, let needed):
      "--label-names gives \(given) \(given == 1 ? "name" : "names"), and the labels are numbers from 0 to \(needed - 1); "
        + "give \(needed)"
    case .uselessOption(let option, let format): "\(option) says nothing about \(format) recordings; leave it out"
    case .tooFewWindows(let training, let needed, let rejected):
      "\(training == 0 ? "no window is" : training == 1 ? "one window is" : "\(training) windows are") left to pretrain "
        + "on, and \(needed) are needed"
        + (rejected > 0 ? "; \(rejected) more hold values that are no numbers" : "")
        + "; label more or longer stretches"
    case .cannotAdapt(let names, let adapting, let testing):
      "\(names.map { "'\($0)'" }.joined(separator: ", ")): has \(adapting) windows to adapt to and \(testing) to be tested "
        + "on, those that share samples left out; label more or longer stretches, or hold out others by --hold-out"
    case .doesNotFit(let budget, let needed):
      "training even the last layer alone takes \(needed) bytes, more than \(budget); give a larger --budget"
    case .wouldNotRun(let reason): "no pipeline that would run can be written: \(reason)"
    case .invalid(let text): text
    case .cancelled: "cancelled"
    }
  }
}
