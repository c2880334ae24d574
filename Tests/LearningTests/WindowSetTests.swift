import Testing

@testable import Learning

@Suite struct WindowSetTests {
  private var windows: WindowSet {
    WindowSet(
      length: 2, channels: 2, values: [1, 10, 3, 10, 5, 10, 7, 10, 100, 20, 100, 40], labels: [0, 1, 1], classes: 2,
      subjects: [0, 1, 2])
  }

  @Test func subsetsFollowTheGivenOrder() {
    let subset = windows.subset([2, 0, 2])
    #expect(subset.labels == [1, 0, 1] && subset.subjects == [2, 0, 2])
    #expect(subset.values == [100, 20, 100, 40, 1, 10, 3, 10, 100, 20, 100, 40])
    #expect(subset.startNanoseconds == [2_000_000_000, 0, 2_000_000_000])
    #expect(windows.indices(ofSubjects: [0, 2]) == [0, 2])
  }

  @Test func statisticsAreThoseOfTheChosenWindowsOnly() {
    let statistics = ChannelStatistics(of: windows, indices: [0, 1])
    #expect(statistics.mean == [4, 10])
    // Population deviation of 1, 3, 5, 7; the second channel never changes and divides by 1.
    let expected: [Double] = [(5.0).squareRoot(), 1]
    #expect(statistics.deviation == expected)
    let normalized = windows.normalized(with: statistics)
    #expect(normalized.values[1] == 0 && normalized.values[9] == 10)
    #expect(abs(Double(normalized.values[0]) + 3 / expected[0]) < 1e-6)
    #expect(normalized.normalization == statistics)
    #expect(normalized.subset([1]).normalization == statistics)
  }

  /// All pairs of a small world against the definition: same recording and a common frame.
  @Test func overlapsAreFoundAsTheDefinitionSays() {
    var random = TestRandom(seed: 12)
    func cut(_ count: Int, length: Int) -> WindowSet {
      var set = WindowSet(
        length: length, channels: 1, values: Array(repeating: 0, count: count * length),
        labels: Array(repeating: 0, count: count), classes: 1)
      set.recordings = (0..<count).map { _ in Int.random(in: 0..<2, using: &random) }
      set.startFrames = (0..<count).map { _ in Int.random(in: 0..<30, using: &random) }
      return set
    }
    for _ in 0..<200 {
      let length = Int.random(in: 1..<6, using: &random)
      let left = cut(4, length: length)
      let right = cut(3, length: length)
      let expected = (0..<4).filter { index in
        (0..<3).contains { other in
          left.recordings[index] == right.recordings[other]
            && !Set(left.startFrames[index]..<left.startFrames[index] + length)
              .isDisjoint(with: right.startFrames[other]..<right.startFrames[other] + length)
        }
      }
      #expect(left.indicesOverlapping(right) == expected)
    }
  }

  /// Random sets against the definition: of each subject's windows of each class the last are held out under its own
  /// name, and none of the first shares a frame with them.
  @Test func theLastWindowsOfEachClassAreHeldOut() {
    var random = TestRandom(seed: 31)
    for round in 0..<100 {
      let count = Int.random(in: 1..<40, using: &random)
      let length = Int.random(in: 1..<5, using: &random)
      let share = Double.random(in: 0.05..<0.95, using: &random)
      var set = WindowSet(
        length: length, channels: 1, values: (0..<count * length).map { Float($0 / length) },
        labels: (0..<count).map { _ in Int.random(in: 0..<3, using: &random) }, classes: 3,
        subjects: (0..<count).map { _ in Int.random(in: 0..<2, using: &random) })
      set.recordings = set.subjects
      set.startFrames = (0..<count).map { $0 * 2 }
      let before = set
      let heldOut = set.holdOutLast(share)
      #expect(set.subjectNames == before.subjectNames + before.subjectNames.map { $0 + ", earlier" })
      #expect(heldOut == Set(before.subjects), "round \(round)")
      for subject in 0..<2 {
        for label in 0..<3 {
          let all = (0..<count).filter { before.subjects[$0] == subject && before.labels[$0] == label }
          let first = Int((Double(all.count) * (1 - share)).rounded(.down))
          let last = all.dropFirst(first).map { Float($0) }
          let found = { (subject: Int) in
            set.labels.indices.filter { set.subjects[$0] == subject && set.labels[$0] == label }
              .map { set.window($0).first ?? -1 }
          }
          #expect(found(subject) == last, "round \(round), subject \(subject), label \(label)")
          #expect(
            found(subject + 2).allSatisfy { all.prefix(first).map { Float($0) }.contains($0) }, "round \(round)")
        }
        let early = set.subset(set.indices(ofSubjects: [subject + 2]))
        #expect(early.indicesOverlapping(set.subset(set.indices(ofSubjects: [subject]))).isEmpty, "round \(round)")
      }
      // Only what touches the last part is left out.
      #expect(before.count - set.count <= 6 * length, "round \(round): \(set.count) of \(before.count)")
    }
  }
}
