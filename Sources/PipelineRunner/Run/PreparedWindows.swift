import Learning

/// The windows of a run as its stages take them, made when the first one asks: where all results are kept, none does.
struct PreparedWindows {
  private var windows: WindowSet
  private let trainingIndices: [Int]
  private let heldOutIndices: [Int]
  /// Of the training subjects; nil where values stay as recorded, or before they are known.
  var statistics: ChannelStatistics?

  /// - Parameter windows: As recorded, or turned.
  init(_ windows: WindowSet, training: [Int], heldOut: [Int]) {
    self.windows = windows
    trainingIndices = training
    heldOutIndices = heldOut
  }

  /// Finds the statistics by which windows are normalised from here on.
  mutating func findStatistics() {
    statistics = ChannelStatistics(of: windows, indices: trainingIndices)
  }

  /// All of them, normalised if there are statistics.
  var all: WindowSet {
    mutating get {
      if let statistics, windows.normalization == nil { windows.normalize(with: statistics) }
      return windows
    }
  }

  var training: WindowSet {
    mutating get { all.subset(trainingIndices) }
  }

  var heldOut: WindowSet {
    mutating get { all.subset(heldOutIndices) }
  }

  /// One window, normalised if there are statistics.
  func single(_ index: Int) -> WindowSet {
    let window = windows.subset([index])
    guard let statistics, window.normalization == nil else { return window }
    return window.normalized(with: statistics)
  }

  var labels: [Int] { windows.labels }
  var classNames: [String] { windows.classNames }
  var subjectNames: [String] { windows.subjectNames }
  var elementCount: Int { windows.shape.elementCount }
}
