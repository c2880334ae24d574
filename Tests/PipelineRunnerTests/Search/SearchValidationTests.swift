import Foundation
import Learning
import PipelineModel
import Tensors
import Testing

@testable import PipelineRunner

@Suite struct SearchValidationTests {
  /// One window of each of so many people, with the channels 1, 2 and 3.
  private func windows(people: Int, heldOut: Set<Int>) -> IngestedWindows {
    IngestedWindows(
      windows: WindowSet(
        shape: ActivationShape(length: 1, channels: 3), values: (0..<people).flatMap { _ in [1, 2, 3] as [Float] },
        labels: (0..<people).map { $0 % 2 }, subjects: Array(0..<people), recordings: Array(0..<people),
        startFrames: (0..<people).map { _ in 0 }, stretches: Array(0..<people),
        startNanoseconds: (0..<people).map { _ in 0 }, classNames: ["a", "b"],
        subjectNames: (1...people).map { "p\($0)" }),
      channelNames: ["x", "y", "z"], channelUnits: [nil, nil, nil], sampleRateHz: 50, heldOut: heldOut,
      summary: IngestSummary())
  }

  private func checked(_ search: Search, rotate: Rotate? = nil) throws -> CheckedPipeline {
    let recordings = try SyntheticRecordings()
    return try recordings.searching(search, steps: rotate.map { [.rotate($0)] } ?? []).checked()
  }

  private func validation(
    _ search: Search, people: Int, heldOut: Set<Int> = [], rotate: Rotate? = nil
  ) throws -> SearchValidation {
    try SearchValidation(
      of: search, in: try checked(search, rotate: rotate), windows: windows(people: people, heldOut: heldOut))
  }

  @Test func everyFourthTrainingSubjectValidatesUnlessToldOtherwise() throws {
    let plain = try validation(Search(), people: 12, heldOut: [0, 4])
    #expect(plain.tested == ["p1", "p5"])
    #expect(plain.validating == ["p3", "p8", "p12"])
    #expect(plain.pretraining == ["p2", "p4", "p6", "p7", "p9", "p10", "p11"])
    #expect(try validation(Search(), people: 2).validating == ["p2"])
    #expect(throws: RunError.self) { try validation(Search(), people: 1) }
    let told = try validation(Search { Split(holdOut: ["p2"]) }, people: 12, heldOut: [0])
    #expect(told.validating == ["p2"])
    #expect { try validation(Search { Split(holdOut: ["p9"]) }, people: 4) } throws: {
      "\($0)".contains("the Split of Search holds out 'p9'")
    }
    #expect { try validation(Search { Split(holdOut: ["p1", "p2"]) }, people: 2) } throws: {
      "\($0)".contains("no training subject to pretrain on")
    }
  }

  /// Two subjects with twenty windows of each of two classes, frame after frame, of which the last half is held out.
  private func later(lengthFrames: Int = 4, hop: Int = 2) -> IngestedWindows {
    var windows = windows(people: 1, heldOut: [])
    let count = 80
    windows.windows = WindowSet(
      shape: ActivationShape(length: lengthFrames, channels: 3),
      values: (0..<count * lengthFrames * 3).map { Float($0) }, labels: (0..<count).map { $0 / 20 % 2 },
      subjects: (0..<count).map { $0 / 40 }, recordings: (0..<count).map { $0 / 40 },
      startFrames: (0..<count).map { $0 % 40 * hop }, stretches: (0..<count).map { $0 / 20 },
      startNanoseconds: (0..<count).map { Int64($0) }, classNames: ["a", "b"], subjectNames: ["ann", "bob"])
    windows.heldOut = windows.windows.holdOutLast(0.5)
    return windows
  }

  /// In time each subject pretrains, then validates, then is tested, and no window of one shares a sample with another's.
  @Test func whoIsTestedLaterIsValidatedInBetween() throws {
    var pipeline = try SyntheticRecordings().searching(Search())
    guard case .ingest(var ingest) = pipeline.stages[0] else { throw CancellationError() }
    ingest.steps = ingest.steps.map { if case .split = $0 { Split(holdOutLast: 0.5).ingestStep } else { $0 } }
    pipeline.stages[0] = .ingest(ingest)
    let checked = try pipeline.checked()
    let ingested = SearchValidation.parted(later(), for: Search(), in: checked.ingest)
    let validation = try SearchValidation(of: Search(), in: checked, windows: ingested)
    #expect(validation.tested == ["ann", "bob"])
    #expect(validation.validating == ["ann, middle", "bob, middle"])
    #expect(validation.pretraining == ["ann, earlier", "bob, earlier"])
    #expect(validation.otherGroups(atMost: 3).isEmpty)
    let windows = ingested.windows
    let parts = [validation.pretraining, validation.validating, validation.tested].map { names in
      windows.indices(ofSubjects: validation.numbers(of: names, in: windows))
    }
    #expect(parts.allSatisfy { $0.count >= 4 }, "\(parts)")
    for (early, late) in [(0, 1), (1, 2), (0, 2)] {
      #expect(windows.subset(parts[early]).indicesOverlapping(windows.subset(parts[late])).isEmpty)
      for subject in 0...1 {
        for label in 0...1 {
          let starts = [early, late].map { part in
            parts[part].filter { windows.recordings[$0] == subject && windows.labels[$0] == label }
              .map { windows.startFrames[$0] }
          }
          #expect(try #require(starts[0].max()) < #require(starts[1].min()))
        }
      }
    }
    // Said otherwise, whole subjects play newcomers.
    let told = Search { Split(holdOut: ["ann, earlier"]) }
    let chosen = try SearchValidation(
      of: told, in: checked, windows: SearchValidation.parted(later(), for: told, in: checked.ingest))
    #expect(chosen.validating == ["ann, earlier"] && chosen.pretraining == ["bob, earlier"])
  }

  /// Groups that confirm are as large, take every training subject once at most, and pretrain on all but themselves.
  @Test func everyTrainingSubjectIsInOneGroupAtMost() throws {
    let first = try validation(
      Search { Split(holdOut: ["p2", "p3"]) }, people: 9, heldOut: [8], rotate: Rotate(seed: 3))
    let groups = first.otherGroups(atMost: 5)
    #expect(groups.map(\.validating) == [["p1", "p6"], ["p4", "p7"], ["p5", "p8"]])
    for group in groups {
      #expect(Set(group.validating + group.pretraining) == Set((1...8).map { "p\($0)" }))
      #expect(group.pretraining.count == 6 && group.tested == ["p9"] && group.rotate == first.rotate)
    }
    #expect(first.otherGroups(atMost: 2).map(\.validating) == [["p1", "p6"], ["p4", "p7"]])
    #expect(first.otherGroups(atMost: 0).isEmpty)
    // More newcomers than others: those others are one group.
    let many = try validation(Search { Split(holdOut: ["p1", "p2", "p3"]) }, people: 5)
    #expect(many.otherGroups(atMost: 2).map(\.validating) == [["p4", "p5"]])
    // Groups are as large as the first one: who is left over only pretrains.
    let uneven = try validation(Search { Split(holdOut: ["p1", "p2"]) }, people: 7)
    #expect(uneven.otherGroups(atMost: 2).map(\.validating) == [["p3", "p5"], ["p4", "p6"]])
    // Two people confirm each other.
    #expect(try validation(Search(), people: 2).otherGroups(atMost: 2).map(\.validating) == [["p1"]])
  }

  @Test func newcomersAreTurnedAsTheTestTurnsThemButByOtherRotations() throws {
    let own = Rotate(seed: 8, channels: [["z", "y", "x"]], on: .heldOut)
    let plain = try validation(Search(), people: 4, rotate: own)
    #expect(plain.rotate?.seed == 9 && plain.rotate?.channels == own.channels)
    #expect(plain.rotationText == "Rotate(by: .subject, seed: 9, on: .heldOut)")
    #expect(try validation(Search(), people: 4).rotate == nil)
    let told = try validation(Search { Rotate(seed: 1, on: .all) }, people: 4, rotate: own)
    #expect(told.rotate == Rotate(seed: 1, on: .all))
  }

  /// A search holds the windows of training subjects only, and turns those whom its own Split holds out.
  @Test func nobodyElseIsTurnedAndTestSubjectsAreNotThere() throws {
    let ingested = windows(people: 6, heldOut: [2])
    let search = Search {
      Rotate(seed: 1)
      Split(holdOut: ["p2", "p6"])
    }
    let found = try SearchValidation(of: search, in: try checked(search), windows: ingested)
    let turned = try found.windows(of: ingested, environment: [:])
    #expect(turned.subjects == [0, 1, 3, 4, 5])
    for index in 0..<turned.count {
      let isTurned = [1, 5].contains(turned.subjects[index])
      #expect((Array(turned.window(index)) != [1, 2, 3]) == isTurned)
    }
  }

  @Test func aFileOfMatricesThatLacksNewcomersIsRefusedWithWhatToWrite() throws {
    let recordings = try SyntheticRecordings()
    let path = "\(recordings.folder)/turns.json"
    try #"{"p1": [[1,0,0],[0,1,0],[0,0,1]]}"#.write(toFile: path, atomically: true, encoding: .utf8)
    let plain = try validation(Search(), people: 4, heldOut: [0], rotate: Rotate(matrices: path))
    #expect { try plain.check(environment: [:]) } throws: { error in
      "\(error)".contains("no matrix for 'p3'") && "\(error)".contains("write Search { Rotate(by: .subject, seed: 1) }")
    }
    let random = try validation(
      Search { Rotate(seed: 1) }, people: 4, heldOut: [0], rotate: Rotate(matrices: path))
    #expect(throws: Never.self) { try random.check(environment: [:]) }
  }
}
