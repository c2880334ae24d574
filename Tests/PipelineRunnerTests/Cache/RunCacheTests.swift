import Foundation
import PipelineModel
import Reports
import Synchronization
import Testing

@testable import PipelineRunner

@Suite struct RunCacheTests {
  /// The figures of a run but for times and for where they come from, and the bytes of its model.
  struct Findings: Equatable {
    var metrics: RunMetrics
    var model: [UInt8]
    var losses: [[Double]]

    init(_ outcome: RunOutcome) throws {
      metrics = outcome.metrics
      metrics.training?.microsecondsPerStep = 0
      metrics.cachedStages = nil
      model = try ModelFile(outcome)?.bytes() ?? []
      losses = outcome.training?.subjects.map(\.result.losses) ?? []
    }
  }

  private func recordings() throws -> SyntheticRecordings {
    let recordings = try SyntheticRecordings()
    for (name, amplitude) in [("a", 1.0), ("b", 0.6), ("c", 0.8)] {
      try recordings.writeCSV("\(name).csv", stretches: 4, amplitude: amplitude)
    }
    return recordings
  }

  private func run(
    _ recordings: SyntheticRecordings, _ pipeline: Pipeline, _ cache: ResultCache?, threads: Int = 1,
    observer: RunObserver = RunObserver()
  ) throws -> RunOutcome {
    var run = try recordings.run(pipeline, threads: threads)
    run.cache = cache
    run.observer = observer
    return try run.run()
  }

  private func computed(_ outcome: RunOutcome) -> [String] {
    outcome.stages.filter { !$0.fromCache }.map { $0.stage.rawValue + ($0.part.map { " \($0)" } ?? "") }
  }

  static let all = [
    "ingest", "pretrain", "quantize", "evaluate float32", "evaluate int8", "train b", "train c",
  ]

  @Test func aRunFromTheCacheHasTheBitsOfOneWithout() throws {
    let recordings = try recordings()
    let folder = CacheFolder()
    let pipeline = recordings.pipeline(holdOut: ["b", "c"], steps: [.rotate(Rotate(seed: 1))])
    let without = try run(recordings, pipeline, nil)
    let first = try run(recordings, pipeline, folder.cache())
    let second = try run(recordings, pipeline, folder.cache(), threads: 2)
    #expect(computed(without) == Self.all)
    #expect(computed(first) == Self.all)
    #expect(computed(second) == [])
    #expect(second.stages.map(\.key) == first.stages.map(\.key))
    #expect(second.metrics.cachedStages == ["ingest", "pretrain", "quantize", "evaluate", "train"])
    #expect(first.metrics.cachedStages == nil && without.metrics.cachedStages == nil)
    #expect(try Findings(first) == Findings(without))
    #expect(try Findings(second) == Findings(without))
    #expect(second.training?.microsecondsPerStep == first.training?.microsecondsPerStep)
    #expect(second.epochs == first.epochs)
    #expect(second.inputs == without.inputs && without.inputs.count == 3)
  }

  /// Each change, and what is computed again because of it.
  static let changes: [(name: String, change: @Sendable (inout Pipeline) -> Void, computed: [String])] = [
    ("the name", { $0.name = "other" }, []),
    ("the report", { $0.stages[7] = .report(Report("other.html")) }, []),
    ("training", { $0.changeTrain { $0.epochs = 3 } }, ["train b", "train c"]),
    ("the update", { $0.stages[4] = .update(Update(.lastLayer)) }, ["train b", "train c"]),
    ("calibration", { $0.stages[3] = .quantize(Quantize(calibration: 15)) }, Array(all[2...])),
    ("pretraining", { $0.changePretrain { $0.epochs = 5 } }, Array(all[1...])),
    ("the seed", { $0.seed = 4 }, Array(all[1...])),
    ("who is held out", { $0.changeIngest { $0.hold(["b"]) } }, Array(all[1...5])),
    (
      "how windows are turned", { $0.changeIngest { $0.turn(Rotate(seed: 2)) } },
      ["evaluate float32", "evaluate int8", "train b", "train c"]
    ),
    ("who is turned", { $0.changeIngest { $0.turn(Rotate(seed: 1, on: .all)) } }, Array(all[1...])),
    ("windows", { $0.changeIngest { $0.cut(Window(samples: 32, every: 15)) } }, all),
  ]

  @Test(arguments: changes.indices)
  func onlyWhatFollowsFromAChangeIsComputedAgain(index: Int) throws {
    let (name, change, expected) = Self.changes[index]
    let recordings = try recordings()
    let folder = CacheFolder()
    let pipeline = recordings.pipeline(holdOut: ["b", "c"], steps: [.rotate(Rotate(seed: 1))])
    _ = try run(recordings, pipeline, folder.cache())
    var changed = pipeline
    change(&changed)
    let again = try run(recordings, changed, folder.cache())
    #expect(computed(again) == expected, "\(name)")
    #expect(try Findings(again) == Findings(run(recordings, changed, nil)), "\(name)")
    // What was before is still there.
    #expect(computed(try run(recordings, pipeline, folder.cache())) == [], "\(name)")
  }

  @Test func anotherRecordingIsReadAndOneThatMerelyLooksNewIsNot() throws {
    let recordings = try recordings()
    let folder = CacheFolder()
    let pipeline = recordings.pipeline(holdOut: ["b", "c"])
    _ = try run(recordings, pipeline, folder.cache())
    let file = URL(fileURLWithPath: "\(recordings.folder)/a.csv")
    try Data(contentsOf: file).write(to: file)
    #expect(computed(try run(recordings, pipeline, folder.cache())) == [])
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    var text = try String(contentsOf: file, encoding: .utf8)
    text.replaceSubrange(text.range(of: "0.02,")!, with: "0.03,")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes(
      [.modificationDate: attributes[.modificationDate] as Any], ofItemAtPath: file.path)
    let status = try PipelineStatus(pipeline.checked(), cache: folder.cache())
    #expect(status.stages[0].reasons == ["\(recordings.folder)/a.csv changed"])
    #expect(status.stages[1].reasons == ["'ingest' would run again"])
    #expect(computed(try run(recordings, pipeline, folder.cache())) == Self.all)
    try recordings.writeCSV("d.csv", stretches: 4)
    #expect(
      try PipelineStatus(pipeline.checked(), cache: folder.cache()).stages[0].reasons
        == ["\(recordings.folder)/d.csv is new"])
    try FileManager.default.removeItem(atPath: "\(recordings.folder)/d.csv")
    #expect(try PipelineStatus(pipeline.checked(), cache: folder.cache()).stages.allSatisfy(\.isCached))
  }

  @Test func labelsBesideARecordingAreAnInputToo() throws {
    let recordings = try recordings()
    let folder = CacheFolder()
    for name in ["a", "b", "c"] {
      try "start,end,label\n0,2,0\n3,5,1\n6,8,0\n9,11,1\n".write(
        toFile: "\(recordings.folder)/\(name).labels.csv", atomically: true, encoding: .utf8)
    }
    var pipeline = recordings.pipeline(holdOut: ["b", "c"])
    pipeline.changeIngest { ingest in
      ingest.steps[0] = .read(Read(.csv, "[abc].csv"))
      ingest.steps[2] = .labels(Labels(from: .intervals("*.labels.csv"), names: SyntheticRecordings.names))
    }
    let first = try run(recordings, pipeline, folder.cache())
    #expect(first.inputs.count == 6)
    try "start,end,label\n0,2,1\n3,5,0\n6,8,1\n9,11,0\n".write(
      toFile: "\(recordings.folder)/a.labels.csv", atomically: true, encoding: .utf8)
    #expect(computed(try run(recordings, pipeline, folder.cache())) == Self.all)
  }

  @Test func aDamagedResultIsToldAndComputedAgain() throws {
    let recordings = try recordings()
    let folder = CacheFolder()
    let pipeline = recordings.pipeline(holdOut: ["b", "c"])
    let first = try run(recordings, pipeline, folder.cache())
    for name in folder.files() {
      let file = URL(fileURLWithPath: "\(folder.path)/results/\(name)")
      var bytes = try Data(contentsOf: file)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: file)
    }
    let status = try PipelineStatus(pipeline.checked(), cache: folder.cache())
    #expect(status.stages[1].reasons == ["its kept result is damaged: it does not match its checksum"])
    let said = Mutex<[String]>([])
    let observer = RunObserver(progress: { progress in
      if case .cacheTrouble(let sentence) = progress { said.withLock { $0.append(sentence) } }
    })
    let second = try run(recordings, pipeline, folder.cache(), observer: observer)
    #expect(computed(second) == Self.all)
    #expect(said.withLock { $0.count } == Self.all.count)
    #expect(said.withLock { $0[0] }.contains("the kept result of 'ingest' is damaged"))
    #expect(try Findings(second) == Findings(first))
    #expect(computed(try run(recordings, pipeline, folder.cache())) == [])
  }

  @Test func aRunThatWasStoppedGoesOnBehindTheLastSubject() throws {
    let recordings = try recordings()
    let folder = CacheFolder()
    let pipeline = recordings.pipeline(holdOut: ["b", "c"])
    let isStopped = Atomic<Bool>(false)
    let observer = RunObserver(
      progress: { progress in
        if case .adapting(finished: 1, _) = progress { isStopped.store(true, ordering: .relaxed) }
      }, isCancelled: { isStopped.load(ordering: .relaxed) })
    #expect(throws: RunError.self) { try run(recordings, pipeline, folder.cache(), observer: observer) }
    let status = try PipelineStatus(pipeline.checked(), cache: folder.cache())
    #expect(status.stages.map(\.isCached) == [true, true, true, true, false])
    #expect(status.stages[4].cachedParts == ["b"] && status.stages[4].reasons == ["c is not in the cache"])
    let outcome = try run(recordings, pipeline, folder.cache())
    #expect(computed(outcome) == ["train c"])
    #expect(outcome.metrics.cachedStages == ["ingest", "pretrain", "quantize", "evaluate", "train b"])
    #expect(try Findings(outcome) == Findings(run(recordings, pipeline, nil)))
  }

  @Test func aFolderThatCannotBeWrittenIsToldOnceAndTheRunGoesOn() throws {
    let recordings = try recordings()
    let said = Mutex<[String]>([])
    let observer = RunObserver(progress: { progress in
      if case .cacheTrouble(let sentence) = progress { said.withLock { $0.append(sentence) } }
    })
    let outcome = try run(
      recordings, recordings.pipeline(), ResultCache(directory: "\(recordings.folder)/a.csv/cache"), observer: observer)
    #expect(outcome.training != nil)
    #expect(said.withLock { $0.count } == 1)
    #expect(said.withLock { $0[0] }.contains("choose another --cache, or --no-cache"))
  }

  @Test func aSearchIsNotRepeated() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    let folder = CacheFolder()
    let pipeline = recordings.searching(
      Search(arena: .bytes(1500), by: .contribution, evaluations: 2) { Split(by: .subject, holdOut: ["d"]) })
    let first = try run(recordings, pipeline, folder.cache())
    #expect(computed(first).contains("search"))
    let second = try run(recordings, pipeline, folder.cache())
    #expect(computed(second) == [])
    #expect(try Findings(first) == Findings(second))
    #expect(try first.search?.json() == second.search?.json())
  }
}

extension Pipeline {
  mutating func changeTrain(_ change: (inout Train) -> Void) {
    guard case .train(var train) = stages[5] else { return }
    change(&train)
    stages[5] = .train(train)
  }

  fileprivate mutating func changePretrain(_ change: (inout Pretrain) -> Void) {
    guard case .pretrain(var pretrain) = stages[2] else { return }
    change(&pretrain)
    stages[2] = .pretrain(pretrain)
  }

  fileprivate mutating func changeIngest(_ change: (inout Ingest) -> Void) {
    guard case .ingest(var ingest) = stages[0] else { return }
    change(&ingest)
    stages[0] = .ingest(ingest)
  }
}

extension Ingest {
  private mutating func replace(_ step: IngestStep, where isOfKind: (IngestStep) -> Bool) {
    guard let index = steps.firstIndex(where: isOfKind) else { return }
    steps[index] = step
  }

  fileprivate mutating func hold(_ subjects: [String]) {
    replace(.split(Split(by: .subject, holdOut: subjects))) { if case .split = $0 { true } else { false } }
  }

  fileprivate mutating func turn(_ rotate: Rotate) {
    replace(.rotate(rotate)) { if case .rotate = $0 { true } else { false } }
  }

  fileprivate mutating func cut(_ window: Window) {
    replace(.window(window)) { if case .window = $0 { true } else { false } }
  }
}
