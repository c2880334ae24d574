import PipelineModel
import PipelineText
import Testing

struct PipelineFactTests {
  private func wrist() throws -> Pipeline { try PipelineFiles.pipeline("wrist-exercises.swift") }

  @Test func everyArgumentIsNamedAsAnOverrideNamesIt() throws {
    let facts = try wrist().facts
    func value(_ path: String) -> String? { facts.first { $0.path == path }?.value }
    #expect(value("seed") == "7")
    #expect(value("ingest.read[1].files") == "\"s10.csv.zst\"")
    #expect(value("ingest.window.every") == "0.64")
    #expect(value("model.block2.channels") == "48")
    #expect(value("pretrain.optimizer") == ".adam(0.002)")
    #expect(value("update.scheme")?.hasPrefix(".tensors([\"conv1.weights\"") == true)
    // What is left out stands with its default.
    #expect(value("train.shuffle") == "true" && value("pretrain.batch") != nil)
    #expect(value("name") == nil)
    #expect(Set(facts.map(\.path)).count == facts.count)
    // Each can be given back as it stands.
    for fact in facts where !fact.value.isEmpty {
      #expect(try wrist().applying(override: "\(fact.path)=\(fact.value)") == wrist(), "\(fact.path)=\(fact.value)")
    }
  }

  @Test func howAFileIsLaidOutMakesNoDifference() throws {
    let pipeline = try wrist()
    let again = Pipeline.read(
      bytes: Array("// A remark.\n\(pipeline.source(includingDefaults: true))".utf8), named: "x")
    #expect(again.pipeline?.facts == pipeline.facts)
  }

  @Test func changesAreToldInTheWordsOfThePipeline() throws {
    let before = try wrist()
    let after = try before.applying(overrides: ["train.epochs=9", "ingest.labels.topic=nil"])
    let changes = FactChange.between(before.facts, after.facts)
    #expect(changes.map(\.sentence) == ["train.epochs was 5, is 9", "ingest.labels.topic is gone, was \"/exercise\""])
    #expect(
      FactChange.between(after.facts, before.facts).map(\.sentence)
        == ["ingest.labels.topic is new, \"/exercise\"", "train.epochs was 9, is 5"])
    #expect(FactChange.between(before.facts, before.facts).isEmpty)
  }
}
