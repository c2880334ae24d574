import Foundation
import PipelineModel
import Synchronization
import Testing

@testable import PipelineRunner

@Suite struct SearchResumeTests {
  private func lines(_ place: SearchPlace) throws -> [String] {
    try String(contentsOfFile: place.journalPath, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// Searches, and stops once so many schemes have been asked for.
  private func search(
    _ recordings: SyntheticRecordings, _ place: SearchPlace, stage: Search = SearchRunTests.stage,
    stoppingAfter limit: Int = .max, change: (inout Pipeline) -> Void = { _ in }
  ) throws -> (outcome: SearchOutcome?, pretrainedEpochs: Int) {
    let isStopped = Atomic<Bool>(false)
    let epochs = Atomic<Int>(0)
    var pipeline = recordings.searching(stage)
    change(&pipeline)
    var run = try recordings.run(pipeline)
    run.searchPlace = place
    run.observer = RunObserver(
      progress: { progress in
        switch progress {
        case .pretrainingForSearch: epochs.add(1, ordering: .relaxed)
        case .searching(let search, _) where search.evaluations > limit: isStopped.store(true, ordering: .relaxed)
        default: break
        }
      }, isCancelled: { isStopped.load(ordering: .relaxed) })
    do {
      let outcome = try PipelineSearch(run).search()
      return (outcome, epochs.load(ordering: .relaxed))
    } catch {
      guard error.exitStatus == 130 else { throw error }
      return (nil, epochs.load(ordering: .relaxed))
    }
  }

  @Test(arguments: [1, 6, 12])
  func aSearchThatWasStoppedGoesOnWhereItStood(limit: Int) throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    let whole = SearchPlace(directory: "\(recordings.folder)/whole")
    let answer = try #require(try search(recordings, whole).outcome)
    var place = SearchPlace(directory: "\(recordings.folder)/stopped")
    let stopped = try search(recordings, place, stoppingAfter: limit)
    // One group confirms, by a network of its own.
    #expect(stopped.outcome == nil && stopped.pretrainedEpochs == 12)
    let before = try lines(place)
    #expect(before.count < (try lines(whole)).count)
    place.resumes = true
    let (resumed, epochs) = try search(recordings, place)
    #expect(epochs == 0, "no network is pretrained again")
    #expect(resumed?.reports == answer.reports)
    #expect(resumed?.resumedEvaluations == before.count - 1)
    // The journal is that of a search in one go: nothing was measured twice.
    #expect(try lines(place) == lines(whole))
  }

  @Test func aLineThatWasCutShortIsMeasuredAgain() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    var place = SearchPlace(directory: "\(recordings.folder)/search")
    let answer = try #require(try search(recordings, place).outcome)
    let whole = try lines(place)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: place.journalPath))
    try bytes.dropLast(30).write(to: URL(fileURLWithPath: place.journalPath))
    place.resumes = true
    let resumed = try search(recordings, place).outcome
    #expect(resumed?.reports == answer.reports)
    #expect(resumed?.resumedEvaluations == whole.count - 2)
    #expect(try lines(place) == whole)
  }

  @Test func resultsOfAnotherSearchAreNotMixedIn() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    var place = SearchPlace(directory: "\(recordings.folder)/search")
    _ = try search(recordings, place)
    place.resumes = true
    for (stage, name) in [(2, "search-network.json"), (5, "search.jsonl")] {
      do {
        _ = try search(recordings, place) { pipeline in
          pipeline.stages[stage] =
            stage == 2
            ? .pretrain(Pretrain(epochs: 5, batch: 8, optimizer: .adam(0.01)))
            : .train(Train(epochs: 3, optimizer: .sgd(0.01), arena: .kibibytes(64)))
        }
        Issue.record("another search was gone on with")
      } catch let error as RunError {
        #expect(error.exitStatus == 65)
        #expect(error.description.hasPrefix("\(place.directory)/\(name): was begun with other recordings"))
      }
    }
    // Another number of evaluations is a longer search of the same kind.
    var longer = SearchRunTests.stage
    longer.evaluations += 2
    #expect(try search(recordings, place, stage: longer).outcome != nil)
  }

  @Test func damagedFilesAreNamedWithWhatToDo() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    var place = SearchPlace(directory: "\(recordings.folder)/search")
    place.resumes = true
    #expect { try search(recordings, place) } throws: { "\($0)".contains("no search was begun here") }
    place.resumes = false
    _ = try search(recordings, place)
    place.resumes = true
    let (journal, network) = (try lines(place), try Data(contentsOf: URL(fileURLWithPath: place.networkPath)))
    var damaged = journal
    damaged[3] = "{\"so\": \"much\"}"
    try Data((damaged.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: place.journalPath))
    #expect { try search(recordings, place) } throws: {
      "\($0)".contains("search.jsonl: line 4 is no measurement; remove")
    }
    try Data((journal.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: place.journalPath))
    var text = String(decoding: network, as: UTF8.self)
    let position = try #require(text.range(of: "\"values\":\"")).upperBound
    text.replaceSubrange(position...position, with: text[position] == "A" ? "B" : "A")
    try Data(text.utf8).write(to: URL(fileURLWithPath: place.networkPath))
    #expect { try search(recordings, place) } throws: { "\($0)".contains("search-network.json: is no network") }
  }
}
