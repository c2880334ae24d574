import Martlet
import Testing

struct ValidationTests {
  private func messages(_ change: (inout Pipeline) -> Void) -> [String] {
    var pipeline = mcu1d
    change(&pipeline)
    return pipeline.issues().map(\.message)
  }

  /// The pipeline without its stages at these places.
  private func messages(without indices: Int...) -> [String] {
    messages { pipeline in
      pipeline.stages = pipeline.stages.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
    }
  }

  @Test func aStageThatIsMissingIsNamedWithWhatNeedsIt() {
    #expect(messages(without: 0) == ["'Pretrain' takes windows, and no stage gives them"])
    #expect(messages(without: 1) == ["'Pretrain' takes a network, and no stage gives one"])
    #expect(messages(without: 2) == ["'Quantize' takes a pretrained model, and no stage gives one"])
    #expect(messages(without: 3) == ["'Train' takes a quantised model, and no stage gives one"])
    #expect(messages(without: 4) == ["'Train' takes an update scheme, and no stage gives one"])
    #expect(messages(without: 6) == ["'Pipeline' has no 'Evaluate'"])
    #expect(messages(without: 7) == [])
    #expect(
      messages(without: 3, 4) == [
        "'Train' takes a quantised model, and no stage gives one",
        "'Train' takes an update scheme, and no stage gives one",
      ])
  }

  @Test func withoutTrainingNothingMeasuresIt() {
    #expect(messages(without: 5).contains("'Update' gives an update scheme, but nothing trains by it"))
    #expect(messages(without: 4, 5).allSatisfy { $0.contains("measures training in the arena") })
  }

  @Test func aSearchStandsInPlaceOfTheUpdate() throws {
    let search = Search(by: .contribution)
    #expect(messages { $0.stages[4] = .search(search) } == [])
    #expect(
      messages {
        $0.stages[4] = .search(search)
        $0.stages.remove(at: 5)
      }.contains("'Search' gives an update scheme, but nothing trains by it"))
    #expect(
      messages { $0.stages.insert(.search(search), at: 4) } == [
        "'Search' and 'Update' both say what training updates, and a pipeline has one of them"
      ])
    var pipeline = mcu1d
    pipeline.stages[4] = .search(search)
    let checked = try pipeline.checked()
    #expect(checked.search == search && checked.update == nil)
    #expect(try mcu1d.checked().search == nil)
  }

  /// Every test subject in the validation is found, and nobody else.
  @Test func noTestSubjectMayValidate() throws {
    let tested = try #require(mcu1dRotated.ingest?.split?.holdOut)
    var pipeline = mcu1dRotated
    pipeline.stages[4] = .search(Search { Split(holdOut: ["s01"] + tested + ["s03"]) })
    let issues = pipeline.issues()
    #expect(issues.map(\.fact) == tested.map { .testSubjectValidates($0) })
    for (index, issue) in issues.enumerated() {
      #expect(issue.path.steps == [.child(4), .child(0), .parameter("holdOut"), .element(index + 1)])
      #expect(issue.related?.steps.last == .element(index))
    }
  }

  @Test func aPipelineMayEndBeforeTheDevice() throws {
    var pipeline = mcu1d
    pipeline.stages = pipeline.stages.filter { stage in
      switch stage {
      case .quantize, .update, .train, .evaluate: false
      default: true
      }
    }
    pipeline.stages.insert(Evaluate { Accuracy() }.pipelineStage, at: 3)
    #expect(pipeline.issues() == [])
    let checked = try pipeline.checked()
    #expect(checked.train == nil && checked.quantize == nil && checked.pretrain.epochs == 20)
  }

  /// Of two stages, one after the other, the one that needs the other cannot be first.
  @Test func stagesThatNeedEachOtherCannotBeSwapped() {
    for index in 0..<mcu1d.stages.count - 1 {
      let found = messages { $0.stages.swapAt(index, index + 1) }
      // Quantising and choosing a scheme do not touch each other; no more do reading and describing a network.
      #expect(found.isEmpty == (index == 3), "\(index): \(found)")
    }
  }

  @Test func everyStageStandsOnce() {
    for index in mcu1d.stages.indices {
      let found = messages { $0.stages.insert($0.stages[index], at: index) }
      #expect(found.count == 1 && found[0].hasPrefix("'Pipeline' has a second"), "\(found)")
    }
  }

  @Test func theCompiledFormReportsAllMistakesAtOnce() {
    let pipeline = Pipeline("", seed: -1) {
      Ingest("data") {
        Read(.csv, "", topic: "/imu")
        Subjects(from: .fileNamePrefix(0))
        Labels(names: ["a", "a"])
        Window(seconds: .nan)
        Split(holdOut: [])
      }
      Model {
        Conv1D(0, kernel: 3)
        Dense(.classes)
      }
      Pretrain(
        epochs: 0, optimizer: .sgd(0.1, momentum: 1), labelSmoothing: 1, augment: [.rotation(degrees: .infinity)])
      Train(adaptFraction: 0, arena: .kibibytes(.max))
      Evaluate {}
    }
    let messages = pipeline.issues().map(\.message)
    let expected = [
      "'Pipeline(_:)' takes a string that is not empty", "'Pipeline(seed:)'", "takes a file pattern", "'Read(topic:)'",
      "'.fileNamePrefix(_:)'", "names \"a\" twice", "'Window(seconds:)'", "'Split(holdOut:)'", "'Conv1D(_:)'",
      "'Pretrain(epochs:)'", "'.sgd(momentum:)'", "'Pretrain(labelSmoothing:)'", "'.rotation(degrees:)'",
      "'Train(adaptFraction:)'", "'.bytes(_:)'", "'Evaluate'", "a quantised model", "an update scheme",
    ]
    for text in expected { #expect(messages.contains { $0.contains(text) }, "\(text) in \(messages)") }
    #expect(throws: InvalidPipeline.self) { try pipeline.checked() }
  }

  @Test func whatIsKnownBeforeReadingIsInReach() throws {
    let checked = try wristExercises.checked()
    #expect(checked.ingest.lengthSamples == 128 && checked.ingest.hopSamples == 32)
    #expect(checked.ingest.classNames?.count == 7)
    #expect(checked.ingest.normalize.mode == .perChannel)
    #expect(checked.seed == 7)
    #expect(try mcu1d.checked().ingest.channelCount == 9)
    #expect(mcu1d.train?.arena.bytes == 131_072)
  }
}
