extension WindowSet {
  /// What the name of a subject whose last windows are held out is followed by, where its first windows are meant.
  public static var earlierSuffix: String { ", earlier" }

  /// Makes of each subject two: the last windows of each class keep its name, those before them become a subject named
  /// with `earlierSuffix`.
  ///
  /// Windows of the first part that share samples with the last are left out.
  ///
  /// - Parameter share: 0...1, of each class's windows in recorded order; the first part is rounded down to whole
  ///   windows.
  /// - Returns: The subjects held out: all that have such windows, by their names as they were.
  public mutating func holdOutLast(_ share: Double) -> Set<Int> {
    let names = subjectNames
    var kept: [Int] = []
    var isEarlier: [Bool] = Array(repeating: false, count: count)
    var heldOut: Set<Int> = []
    for subject in names.indices {
      let split = AdaptationSplit(of: self, indices: indices(ofSubjects: [subject]), fraction: 1 - share)
      for index in split.adapt { isEarlier[index] = true }
      kept += split.adapt + split.test
      if !split.test.isEmpty { heldOut.insert(subject) }
    }
    kept.sort()
    self = subset(kept)
    subjectNames = names + names.map { $0 + Self.earlierSuffix }
    for (place, index) in kept.enumerated() where isEarlier[index] { subjects[place] += names.count }
    return heldOut
  }
}
