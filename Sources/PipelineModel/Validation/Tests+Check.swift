extension Pipeline {
  /// Reports tests that do not fit the pipeline that they are to test.
  ///
  /// - Parameter places: The paths of the stages of the pipeline, by name.
  func checkTests(in validation: inout Validation, places: [String: PipelinePath]) {
    var names: [String: PipelinePath] = [:]
    var goldens: [String: PipelinePath] = [:]
    let ingestPath = places["Ingest"]
    for (test, path) in tests {
      if let first = names[test.name], !test.name.isEmpty {
        validation.report(
          .duplicateElement(subject: "Test(_:)", element: test.name), at: path.parameter("name"),
          related: first)
      }
      names[test.name] = names[test.name] ?? path.parameter("name")
      checkGoldens(of: test, at: path, &goldens, in: &validation)
      checkErrors(of: test, at: path, in: &validation)
      if let ingest, let ingestPath, validation.isSound(ingestPath) {
        check(test, at: path, ingest, ingestPath, in: &validation)
      }
      if let model, let modelPath = places["Model"], validation.isSound(modelPath) {
        for (index, expect) in test.expectations {
          expect.checkFit(
            model, trains: update != nil && train != nil && quantize != nil, at: path.child(index), &validation)
        }
      }
    }
  }

  private func check(
    _ test: Test, at path: PipelinePath, _ ingest: Ingest, _ ingestPath: PipelinePath,
    in validation: inout Validation
  ) {
    let feeds = test.feeds
    var values = 0.0
    for (index, feed) in feeds {
      let place = path.child(index)
      feed.checkFit(ingest, at: place, ingestPath: ingestPath, &validation)
      let own = (feed.frameCount(in: ingest) ?? 0) * Double(feed.channelNames(in: ingest)?.count ?? 1)
      // One that is too large by itself has been told.
      if own <= Double(Feed.valueLimit), values <= Double(Feed.valueLimit), values + own > Double(Feed.valueLimit) {
        validation.report(
          .invalidValue(subject: "Feed", reason: .test(.tooMuch(values: values + own))), at: place)
      }
      values += own
      if let first = feeds.first, first.index != index, first.feed.place != feed.place {
        validation.report(
          .invalidValue(
            subject: "Feed", reason: .test(.entersElsewhere(stage: feed.place, first: first.feed.place))),
          at: feed.stage == .read ? place : place.parameter("at"), related: path.child(first.index))
      }
    }
    // An unrecognised line may be one that feeds.
    if validation.incompleteBlocks.contains(path) { return }
    let subjects = feeds.map { feed in feed.feed.file == nil ? feed.feed.subject ?? Test.subject : feed.feed.subject }
    let known = subjects.contains(nil) ? nil : subjects.compactMap(\.self)
    for (index, expect) in test.expectations {
      expect.checkFit(
        ingest, at: path.child(index), ingestPath: ingestPath,
        feed: feeds.first.map { ($0.feed, path.child($0.index)) }, subjects: known, &validation)
    }
  }

  private func checkGoldens(
    of test: Test, at path: PipelinePath, _ goldens: inout [String: PipelinePath], in validation: inout Validation
  ) {
    for (index, expect) in test.expectations {
      guard let golden = expect.golden else { continue }
      let place = path.child(index).parameter("golden")
      if let first = goldens[golden] {
        validation.report(
          .invalidValue(subject: "Expect(golden:)", reason: .test(.goldenTwice)), at: place, related: first)
      }
      goldens[golden] = goldens[golden] ?? place
    }
  }

  /// Nothing comes of recordings that are refused.
  private func checkErrors(of test: Test, at path: PipelinePath, in validation: inout Validation) {
    guard let error = test.expectations.first(where: { $0.expect.error?.isEmpty == false }),
      let other = test.expectations.first(where: { !$0.expect.dataArguments.isEmpty }),
      let argument = other.expect.dataArguments.first
    else { return }
    validation.report(
      .invalidValue(subject: "Expect(error:)", reason: .test(.errorEndsAll(argument))),
      at: path.child(other.index).parameter(argument), related: path.child(error.index).parameter("error"))
  }
}

extension Test {
  /// Whose recordings are fed where nothing is said.
  public static let subject = "fed"
}

extension Feed {
  /// Where it enters, in the words of the file.
  fileprivate var place: String { windows == nil ? stage.name : "windows" }
}
