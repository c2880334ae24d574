import Foundation
import Learning
import PipelineModel
import Reports
import Synchronization
import Testing

@testable import PipelineRunner

@Suite struct SearchRunTests {
  static let stage = Search(arena: .bytes(1500), by: .both(threshold: 1), evaluations: 6, confirmations: 1) {
    Rotate(by: .subject, seed: 4, on: .heldOut)
    Split(by: .subject, holdOut: ["d"])
  }

  @Test func theSchemeThatIsFoundIsTheOneThatIsTrainedWith() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    let folder = "\(recordings.folder)/run"
    var run = try recordings.run(recordings.searching(Self.stage), threads: 2)
    run.searchPlace = SearchPlace(directory: folder)
    let outcome = try run.run()
    let search = try #require(outcome.search)
    let report = try #require(search.reports.first)
    let training = try #require(outcome.training)
    #expect(search.validationSubjects == ["d"] && search.pretrainingSubjects == ["a", "c"])
    #expect(search.rotation == "Rotate(by: .subject, seed: 4, on: .heldOut)")
    #expect(report.candidates.allSatisfy { $0.arenaBytes <= 1500 })
    #expect(report.ranking.first == report.answer)
    #expect(training.plan.arenaBytes == report.answer.arenaBytes)
    #expect(training.plan.scheme.tensorNames(in: try #require(outcome.quantization).network) == report.answer.tensors)
    // The budget binds: everything would take more.
    #expect(try #require(try recordings.run(recordings.pipeline()).run().training).plan.arenaBytes > 1500)

    let directory = try RunDirectory.write(outcome, of: run, source: "", to: folder)
    let metrics = try #require(directory.metrics.search)
    #expect(metrics.tensors == report.answer.tensors && metrics.evaluations == report.evaluations.total)
    #expect(metrics.validationAccuracy == report.answer.confirmedAccuracy)
    #expect(directory.terminalSummary.contains { $0.hasPrefix("search") && $0.contains("schemes") })
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(
      files == [
        "int8.safetensors", "metrics.json", "model.martlet", "network.safetensors", "pipeline.swift", "report.html",
        "run.json", "search-network-2.json",
        "search-network.json", "search.json", "search.jsonl",
      ])
    let page = try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8)
    #expect(page.contains("What was searched for") && page.contains("Freezing one tensor after the other"))
    #expect(page.components(separatedBy: "<circle").count > report.candidates.count)
    try expectRecord(at: "\(folder)/search.json", agreesWith: report)
  }

  private func expectRecord(at path: String, agreesWith report: SearchReport) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let record = try JSONDecoder().decode(SearchRecord.self, from: data)
    let search = try #require(record.searches.first)
    #expect(record.schemaVersion == 1 && record.searches.count == 1)
    #expect(search.report == report)
    #expect(search.text == report.answer.pipelineText)
    #expect(search.candidates.count == report.candidates.count)
    #expect(search.candidates[0].difference == 0 && search.candidates[0].differenceStandardError == 0)
    let path = try #require(report.freezePath)
    #expect(search.freezePath?.map(\.accuracy) == path.steps.map(\.accuracy))
    // Each key that stands on its own is told about in the README.
    let readme = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md"), encoding: .utf8)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let one = try #require((object["searches"] as? [[String: Any]])?.first)
    let candidate = try #require((one["candidates"] as? [[String: Any]])?.first)
    let step = try #require((one["freezePath"] as? [[String: Any]])?.last)
    let inner = try #require(one["report"] as? [String: Any])
    for key in Array(object.keys) + one.keys.map({ "searches[].\($0)" })
      + candidate.keys.map({ "searches[].candidates[].\($0)" }) + step.keys.map({ "searches[].freezePath[].\($0)" })
      + inner.keys.map({ "searches[].report.\($0)" })
    {
      #expect(readme.contains("| `\(key)` |"), "\(key)")
    }
  }

  /// Whatever a test subject's recordings hold, a search finds the same; and what a training subject's hold matters.
  @Test func testSubjectsHaveNoPartInASearch() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    func searched() throws -> Data {
      var outcome = try PipelineSearch(recordings.run(recordings.searching(Self.stage))).search()
      outcome.ingest = IngestSummary()
      return try outcome.json()
    }
    let first = try searched()
    try recordings.writeCSV("b.csv", stretches: 6, amplitude: 30)
    #expect(try searched() == first)
    try recordings.writeCSV("d.csv", stretches: 4, amplitude: 0.1)
    #expect(try searched() != first)
  }

  @Test func budgetsShareWhatDoesNotDependOnThem() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    let run = try recordings.run(recordings.searching(Self.stage), threads: 2)
    let both = try PipelineSearch(run, budgets: [1500, 1000]).search().reports
    let alone = try PipelineSearch(run, budgets: [1000]).search().reports
    #expect(both.map(\.budgetBytes) == [1500, 1000])
    // What was found under the larger budget may serve the smaller one too.
    #expect(both[1].candidates.map(\.tensors).starts(with: alone[0].candidates.map(\.tensors)))
    #expect(both[1].answer.arenaBytes <= 1000)
    #expect(both[1].contribution == both[0].contribution)
  }

  @Test func aBudgetThatNothingFitsIsRefusedBeforePretraining() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    let hasPretrained = Atomic<Bool>(false)
    var run = try recordings.run(recordings.searching(Self.stage))
    run.observer.progress = { if case .pretrainingForSearch = $0 { hasPretrained.store(true, ordering: .relaxed) } }
    do {
      _ = try PipelineSearch(run, budgets: [100]).search()
      Issue.record("100 bytes were enough")
    } catch {
      #expect(error.exitStatus == 78)
      #expect(error.description.contains("no update scheme fits 100 bytes: the one that needs least takes"))
    }
    let wasted = hasPretrained.load(ordering: .relaxed)
    #expect(!wasted)
  }
}
