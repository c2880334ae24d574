public import Tensors

/// Why learning cannot begin or go on.
public enum LearningError: Error, Sendable, Hashable {
  case noWindows
  /// A batch cannot be filled.
  case tooFewWindows(windows: Int, batchSize: Int)
  case shapeMismatch(network: ActivationShape, windows: ActivationShape)
  /// The data has more classes than the network has outputs.
  case labelOutOfRange(window: Int, label: Int, classes: Int)
  case windowOutOfRange(index: Int, windows: Int)
  /// An infinity or not a number.
  case valueNotFinite(window: Int)
  /// Rotation turns triplets of channels (x, y, z).
  case channelsAreNotTriplets(channels: Int)
  case invalidSetting(name: String, value: String, allowed: String)
  /// The numbers grew beyond all bounds: the learning rate is too high.
  case diverged(epoch: Int)
  case cancelled(finishedEpochs: Int)
  /// A node gives infinities or not-a-numbers: the network's weights are unusable.
  case activationNotFinite(node: String)
  /// The network must be folded first.
  case batchNormalizationLeft(node: String)
}

extension LearningError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noWindows:
      "there is no window to learn from; check the labels, the split and the window length"
    case .tooFewWindows(let windows, let batchSize):
      "\(windows) training windows do not fill one batch of \(batchSize); use a smaller batch or more data"
    case .shapeMismatch(let network, let windows):
      "the network takes windows of \(Self.text(network)), the data has \(Self.text(windows)); "
        + "change the window length or the channels"
    case .labelOutOfRange(let window, let label, let classes):
      "window \(window) has class \(label), but the network has \(classes) outputs; give its last layer more"
    case .windowOutOfRange(let index, let windows):
      "window \(index) was asked for, but there are \(windows)"
    case .valueNotFinite(let window):
      "window \(window) holds a value that is not a finite number; drop or repair such frames when reading"
    case .channelsAreNotTriplets(let channels):
      "rotation turns triplets of channels (x, y, z), but there are \(channels) channels; "
        + "select whole triplets or leave rotation out"
    case .invalidSetting(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)"
    case .diverged(let epoch):
      "the loss is no longer a finite number in epoch \(epoch + 1); lower the learning rate"
    case .cancelled(let finishedEpochs):
      "cancelled after \(finishedEpochs) epochs"
    case .activationNotFinite(let node):
      "'\(node)' gives values that are not finite numbers; train the network again with a lower learning rate"
    case .batchNormalizationLeft(let node):
      "'\(node)' is a batch normalization; fold the network before it is adapted or calibrated"
    }
  }

  private static func text(_ shape: ActivationShape) -> String {
    "\(shape.length) frames of \(shape.channels) channels"
  }
}

/// Checks that several entry points share.
enum LearningChecks {
  static func windows(
    _ windows: WindowSet, fit shape: ActivationShape, classes: Int
  ) throws(LearningError) {
    guard windows.count > 0 else { throw .noWindows }
    guard windows.shape == shape else { throw .shapeMismatch(network: shape, windows: windows.shape) }
    for (index, label) in windows.labels.enumerated() where label < 0 || label >= classes {
      throw .labelOutOfRange(window: index, label: label, classes: classes)
    }
    if let bad = windows.values.firstIndex(where: { !$0.isFinite }) {
      throw .valueNotFinite(window: bad / shape.elementCount)
    }
  }
}
