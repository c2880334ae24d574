public import Tensors

/// Labelled windows of sensor data, ready for a network.
///
/// All arrays but the names are parallel, one element a window.
public struct WindowSet: Sendable, Hashable {
  /// Frames and channels of each window.
  public let shape: ActivationShape
  /// `count × shape.elementCount` values, window after window, frame-major.
  public var values: [Float]
  /// The class of each window, an index into `classNames`.
  public var labels: [Int]
  /// The person or machine of each window, an index into `subjectNames`.
  public var subjects: [Int]
  /// The recording that each window was cut from; any numbering.
  public var recordings: [Int]
  /// The number of each window's first frame in the stream that it was cut from; with the recording it tells
  /// which windows share frames.
  public var startFrames: [Int]
  /// The run of frames, without a break and of one label, that each window was cut from; any numbering.
  public var stretches: [Int]
  /// When each window starts, on its recording's clock.
  public var startNanoseconds: [Int64]
  public var classNames: [String]
  public var subjectNames: [String]
  /// What was subtracted and divided by to get `values`; nil while they are as recorded.
  public internal(set) var normalization: ChannelStatistics?

  /// - Precondition: The arrays have one element (for `values` `shape.elementCount` elements) a window,
  ///   labels and subjects index their names.
  public init(
    shape: ActivationShape, values: [Float], labels: [Int], subjects: [Int], recordings: [Int],
    startFrames: [Int], stretches: [Int], startNanoseconds: [Int64], classNames: [String], subjectNames: [String]
  ) {
    let count = labels.count
    precondition(values.count == count * shape.elementCount, "every window has all its values")
    precondition(
      subjects.count == count && recordings.count == count && startFrames.count == count
        && stretches.count == count && startNanoseconds.count == count,
      "every window has a subject, a recording, a stretch and a start")
    precondition(labels.allSatisfy(classNames.indices.contains), "a label is the index of a class name")
    precondition(subjects.allSatisfy(subjectNames.indices.contains), "a subject is the index of a subject name")
    self.shape = shape
    self.values = values
    self.labels = labels
    self.subjects = subjects
    self.recordings = recordings
    self.startFrames = startFrames
    self.stretches = stretches
    self.startNanoseconds = startNanoseconds
    self.classNames = classNames
    self.subjectNames = subjectNames
  }

  public var count: Int { labels.count }

  /// The values of one window, frame-major.
  public func window(_ index: Int) -> ArraySlice<Float> {
    values[index * shape.elementCount..<(index + 1) * shape.elementCount]
  }

  /// The chosen windows in the given order; a window may be chosen more than once.
  public func subset(_ indices: [Int]) -> WindowSet {
    var chosen: [Float] = []
    chosen.reserveCapacity(indices.count * shape.elementCount)
    for index in indices { chosen.append(contentsOf: window(index)) }
    var result = WindowSet(
      shape: shape, values: chosen, labels: indices.map { labels[$0] }, subjects: indices.map { subjects[$0] },
      recordings: indices.map { recordings[$0] }, startFrames: indices.map { startFrames[$0] },
      stretches: indices.map { stretches[$0] }, startNanoseconds: indices.map { startNanoseconds[$0] },
      classNames: classNames, subjectNames: subjectNames)
    result.normalization = normalization
    return result
  }

  /// The windows of some subjects, in their present order.
  public func indices(ofSubjects chosen: Set<Int>) -> [Int] {
    subjects.indices.filter { chosen.contains(subjects[$0]) }
  }

  /// The windows of `self` that share at least one frame with a window of `other`.
  ///
  /// - Precondition: Both were cut from the same recordings, at the same length.
  /// - Complexity: O((n + m) log m).
  public func indicesOverlapping(_ other: WindowSet) -> [Int] {
    precondition(other.shape.length == shape.length, "windows of one length are compared")
    var starts: [Int: [Int]] = [:]
    for index in 0..<other.count { starts[other.recordings[index], default: []].append(other.startFrames[index]) }
    for recording in starts.keys { starts[recording]?.sort() }
    return (0..<count).filter { index in
      guard let sorted = starts[recordings[index]] else { return false }
      // The first window of `other` that ends after this one starts.
      let start = startFrames[index]
      var low = 0
      var high = sorted.count
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] + shape.length > start { high = middle } else { low = middle + 1 }
      }
      return low < sorted.count && sorted[low] < start + shape.length
    }
  }
}
