import PipelineModel
import PipelineText
import Testing

struct OverrideTests {
  private func wrist() throws -> Pipeline { try PipelineFiles.pipeline("wrist-exercises.swift") }

  @Test func aValueOfAnyTypeCanBeReplaced() throws {
    let base = try wrist()
    #expect(try base.applying(override: "train.epochs=3").train?.epochs == 3)
    #expect(try base.applying(override: "train.epochs=0x10").train?.epochs == 16)
    #expect(try base.applying(override: "train.arena=.kibibytes(64)").train?.arena == .kibibytes(64))
    #expect(try base.applying(override: "train.arena=kibibytes(64)").train?.arena.bytes == 65_536)
    #expect(try base.applying(override: "train.arena=32KiB").train?.arena.bytes == 32_768)
    #expect(try base.applying(override: "train.arena=30000B").train?.arena.bytes == 30_000)
    #expect(try base.applying(override: "train.schedule=linear").train?.schedule == .linear)
    #expect(try base.applying(override: "train.schedule=cosine").train?.schedule == .cosine)
    #expect(
      try base.applying(override: "train.schedule=step(every: 400, factor: 0.5)").train?.schedule
        == .step(every: 400, factor: 0.5))
    #expect(try base.applying(override: "train.warmUp=20").train?.warmUp == 20)
    #expect(try base.applying(override: "train.accumulate=8").train?.accumulate == 8)
    #expect(try base.applying(override: "train.errors=int16").train?.errors == .int16)
    #expect(try base.applying(override: "train.errorScale=carried").train?.errorScale == .carried)
    #expect(try base.applying(override: "train.errorRounding=stochastic").train?.errorRounding == .stochastic)
    #expect(
      try base.applying(override: "train.optimizer=sgd(0.003, momentum: 0.9)").train?.optimizer
        == .sgd(0.003, momentum: 0.9))
    #expect(try base.applying(override: "train.shuffle=false").train?.shuffle == false)
    #expect(
      try base.applying(override: "pretrain.optimizer=sgd(0.05, momentum: 0.9)").pretrain?.optimizer
        == .sgd(0.05, momentum: 0.9))
    #expect(try base.applying(override: "pretrain.augment=[.jitter(0.1)]").pretrain?.augment == [.jitter(0.1)])
    #expect(try base.applying(override: "ingest.window.seconds=1.28").ingest?.window?.seconds == 1.28)
    #expect(try base.applying(override: "ingest.split.holdOut=s01,s02").ingest?.split?.holdOut == ["s01", "s02"])
    #expect(try base.applying(override: #"ingest.split.holdOut=["s01"]"#).ingest?.split?.holdOut == ["s01"])
    #expect(try base.applying(override: "ingest.labels.topic=nil").ingest?.labels?.topic == nil)
    #expect(try base.applying(override: "ingest.labels.topic=/a=b").ingest?.labels?.topic == "/a=b")
    #expect(try base.applying(override: #"ingest.labels.topic="/x y""#).ingest?.labels?.topic == "/x y")
    #expect(try base.applying(override: "ingest.path=$DATA/other").ingest?.path == "$DATA/other")
    #expect(try base.applying(override: "update=lastLayer").update?.scheme == .lastLayer)
    #expect(try base.applying(override: "report=out.html").report?.file == "out.html")
    #expect(try base.applying(override: "seed=42").seed == 42)
    #expect(try base.applying(override: "name=other").name == "other")
  }

  @Test func oneOfSeveralIsNamedByItsNumberOrItsTensors() throws {
    let base = try wrist()
    let read = try base.applying(override: "ingest.read[1].files=s1*.csv")
    #expect(read.ingest?.reads.map(\.files) == ["s0[1-9].mcap", "s1*.csv"])
    let model = try base.applying(override: "model.block2.channels=64")
    #expect(model.model?.layers[2] == InvertedResidual(64, expand: 3, kernel: 5, stride: 2).layer)
    #expect(try base.applying(override: "model.invertedResidual[1].channels=64") == model)
    #expect(
      try base.applying(override: "model.conv1.padding=0").model?.layers[0]
        == Conv1D(32, kernel: 5, stride: 2, padding: 0).layer)
  }

  @Test func anArgumentOfTheMemberThatStandsThereCanBeReplaced() throws {
    let base = try wrist()
    #expect(try base.applying(override: "train.rate=0.01").train?.optimizer == .sgd(0.01))
    #expect(try base.applying(override: "train.learningRate=0.01").train?.optimizer == .sgd(0.01))
    #expect(try base.applying(override: "pretrain.rate=0.01").pretrain?.optimizer == .adam(0.01))
    #expect(try base.applying(override: "train.momentum=0.5").train?.optimizer == .sgd(0.003, momentum: 0.5))
    #expect(
      try base.applying(overrides: ["train.schedule=step(every: 400, factor: 0.5)", "train.every=7"]).train?.schedule
        == .step(every: 7, factor: 0.5))
    // Typed and checked like any other.
    for override in ["train.rate=fast", "train.rate=0", "pretrain.momentum=0.9", "train.every=7"] {
      #expect(throws: OverrideError.self, "\(override)") { try base.applying(override: override) }
    }
  }

  @Test(arguments: [
    ("window.seconds=2", "'window' stands in 'Ingest'; write ingest.window.seconds=2"),
    ("labels.column=x", "'labels' stands in 'Ingest'; write ingest.labels.column=x"),
    ("pretrain.epochs=abc", "expected a whole number, found 'abc'"),
    ("train.optimizer=sgd", "write 0.001"),
    ("seed=-1", "from 0 to 9007199254740992, found -1"),
  ])
  func whatIsWrongIsSaidWithTheWayOut(override: String, sentence: String) throws {
    let base = try wrist()
    let error = try #require(throws: OverrideError.self) { try base.applying(override: override) }
    #expect(error.description.contains(sentence), "\(error.description)")
  }

  @Test func onlyTheResultOfSeveralHasToBeRight() throws {
    let base = try wrist()
    #expect(throws: OverrideError.self) { try base.applying(override: "ingest.window.samples=100") }
    let both = try base.applying(overrides: [
      "ingest.window.samples=100", "ingest.window.seconds=nil", "ingest.window.every=50",
    ])
    #expect(both.ingest?.window == Window(samples: 100, every: 50))
    #expect(try base.applying(overrides: ["seed=1", "seed=2"]).seed == 2)
    #expect(try base.applying(overrides: []) == base)
  }

  @Test(arguments: [
    ("train.epochs", "'train.epochs': an override is written stage.argument=value, such as train.epochs=3"),
    ("train..epochs=1", "'train..epochs=1': an override is written stage.argument=value, such as train.epochs=3"),
    ("=1", "'=1': an override is written stage.argument=value, such as train.epochs=3"),
    ("train.epoch=3", "'train.epoch=3': 'Train' has no argument 'epoch'; did you mean 'epochs'?"),
    ("trian.epochs=3", "'trian.epochs=3': 'Pipeline' has no stage 'trian'; did you mean 'train'?"),
    ("train.epochs=many", "'train.epochs=many': expected a whole number, found 'many'"),
    ("train.epochs=", "'train.epochs=': no value stands after '='"),
    ("train.epochs=3 4", "'train.epochs=3 4': expected one value, found '4' after it"),
    (
      "train.epochs=2.5",
      "'train.epochs=2.5': 'Train(epochs:)' takes a whole number of epochs, found the number 2.5; write 3"
    ),
    (
      "train.epochs=0",
      "'train.epochs=0': 'Train(epochs:)' takes a whole number from 1 to 100000 (epochs), found 0; write 1"
    ),
    (
      "train.schedule=linaer",
      "'train.schedule=linaer': 'Train(schedule:)' has no member '.linaer'; did you mean '.linear'?"
    ),
    (
      "train=3",
      "'train=3': which argument of 'Train'? It has on, adaptFraction, adaptFrom, epochs, optimizer, accumulate, schedule, warmUp, scaling, rounding, errors, errorScale, errorRounding, shuffle, seeds, arena"
    ),
    ("ingest.read.topic=/a", "'ingest.read.topic=/a': there are 2 of 'read'; write read[0] to read[1]"),
    ("ingest.read[2].topic=/a", "'ingest.read[2].topic=/a': there is no read[2]; the last one is read[1]"),
    (
      "ingest.rotate.matrices=a",
      "'ingest.rotate.matrices=a': the pipeline has no 'Rotate' in 'Ingest'; add it to the file"
    ),
    (
      "train.arena.size=3",
      "'train.arena.size=3': the argument 'arena' of 'Train' has no parts; write train.arena=.kibibytes(1)"
    ),
  ])
  func aWrongOverrideSaysWhatToWrite(override: String, message: String) throws {
    let base = try wrist()
    #expect(throws: OverrideError.self) { try base.applying(override: override) }
    do {
      _ = try base.applying(override: override)
    } catch {
      #expect(error.description == message)
    }
  }

  /// The catalogue gives every argument a name by which an override reaches it.
  @Test func everyArgumentOfEveryStageCanBeReached() throws {
    for name in PipelineFiles.whole {
      let pipeline = try PipelineFiles.pipeline(name)
      let form = pipeline.form(includingDefaults: true)
      for (index, stage) in (form.children ?? []).enumerated() {
        let description = try #require(Catalogue.pipeline.children?.first { $0.name == stage.name })
        let full = pipeline.form(includingDefaults: true).children?[index].arguments ?? []
        for parameter in description.parameters where parameter.label != nil {
          guard let written = full.first(where: { $0.label == parameter.label }) else { continue }
          let text = try text(of: written.value)
          #expect(try pipeline.applying(override: "\(description.key).\(parameter.name)=\(text)") == pipeline)
        }
      }
    }
  }

  /// A literal as a file would have it, by way of a pipeline that holds it.
  private func text(of literal: Literal) throws -> String {
    switch literal {
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .boolean(let value): return "\(value)"
    case .string(let value): return value
    case .member(let name, let arguments):
      let inner = try arguments.map { try ($0.label.map { "\($0): " } ?? "") + text(of: $0.value) }
      return inner.isEmpty ? ".\(name)" : ".\(name)(\(inner.joined(separator: ", ")))"
    case .array(let elements): return try "[" + elements.map { try text(of: $0) }.joined(separator: ", ") + "]"
    case .nothing, .unreadable: return "nil"
    }
  }
}
