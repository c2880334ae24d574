extension Ingest {
  func check(in validation: inout Validation, at path: PipelinePath) {
    checkPath(in: &validation, at: path)
    checkChannels(in: &validation, at: path)
    checkWindow(in: &validation, at: path)
    checkQuality(in: &validation, at: path)
    checkOwnStages(in: &validation, at: path)
    if let index = index(where: { if case .labels = $0 { true } else { false } }), let topic = labels?.topic,
      !reads.isEmpty, !reads.contains(where: { $0.format.hasTopics }), let format = reads.first?.format
    {
      validation.report(
        .wrongForFormat(subject: "Labels(topic:)", value: "\"\(topic)\"", format: format),
        at: path.child(index).parameter("topic"))
    }
  }

  func index(where matches: (IngestStep) -> Bool) -> Int? { steps.firstIndex(where: matches) }

  private func checkPath(in validation: inout Validation, at path: PipelinePath) {
    let place = path.parameter("path")
    if self.path.isEmpty {
      validation.report(.emptyString(subject: "Ingest(_:)"), at: place)
    } else if self.path.contains("$") && leadingVariable(of: self.path) == nil {
      validation.report(.invalidValue(subject: "Ingest(_:)", reason: .notAnEnvironmentPath), at: place)
    } else if self.path.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      validation.report(.invalidValue(subject: "Ingest(_:)", reason: .controlCharacter), at: place)
    }
  }

  /// Recordings join to one stream of windows, so all have the same number of channels.
  private func checkChannels(in validation: inout Validation, at path: PipelinePath) {
    var first: (count: Int, path: PipelinePath)?
    for (index, step) in steps.enumerated() {
      guard case .read(let read) = step, let channels = read.channels else { continue }
      let place = path.child(index).parameter("channels")
      if let first, first.count != channels.count {
        validation.report(
          .channelCountsDiffer(first: first.count, other: channels.count), at: place, related: first.path)
      }
      first = first ?? (channels.count, place)
    }
    guard let rotate, let index = index(where: { if case .rotate = $0 { true } else { false } }) else { return }
    checkTriplets(of: rotate, at: path.child(index), readsAt: path, in: &validation)
  }

  /// Reports a rotation of channels that are none, where the first `Read` names them.
  ///
  /// - Parameter path: Of this stage, in whose braces the channels are named.
  func checkTriplets(
    of rotate: Rotate, at place: PipelinePath, readsAt path: PipelinePath, in validation: inout Validation
  ) {
    guard let first = namedChannels(at: path) else { return }
    guard let triplets = rotate.channels else {
      if !first.names.count.isMultiple(of: 3) {
        validation.report(
          .notTriplets(subject: "Rotate(by:)", count: first.names.count), at: place, related: first.path)
      }
      return
    }
    let names = Set(first.names)
    let sorted = names.sorted()
    for (row, triplet) in triplets.enumerated() {
      for (column, channel) in triplet.enumerated() where !names.contains(channel) {
        validation.report(
          .channelUnknown(
            subject: "Rotate(channels:)", channel: channel, nearest: nearestName(to: channel, in: sorted)),
          at: place.parameter("channels").element(row).element(column), related: first.path)
      }
    }
  }

  /// A window is a number of samples, known before anything is read.
  private func checkWindow(in validation: inout Validation, at path: PipelinePath) {
    guard let window, let index = index(where: { if case .window = $0 { true } else { false } }) else { return }
    let place = path.child(index)
    let resampleIndex = self.index { if case .resample = $0 { true } else { false } }
    if window.samples != nil {
      if window.seconds == nil, let every = window.every, every != every.rounded() {
        validation.report(.hopNotWhole(every), at: place.parameter("every"))
      }
      return
    }
    guard let seconds = window.seconds, seconds > 0, seconds.isFinite else { return }
    guard let resample, let resampleIndex else {
      // An unrecognised stage may be the one that gives the rate.
      if !validation.incompleteBlocks.contains(path) {
        validation.report(.rateUnknown, at: place.parameter("seconds"))
      }
      return
    }
    guard resample.hertz > 0, resample.hertz.isFinite, validation.isSound(path.child(resampleIndex)) else { return }
    let related = path.child(resampleIndex).parameter("hertz")
    if window.lengthSamples(atHertz: resample.hertz) == nil {
      validation.report(
        .windowNotWhole(argument: "seconds", seconds: seconds, hertz: resample.hertz),
        at: place.parameter("seconds"), related: related)
    }
    if let every = window.every, every > 0, window.hopSamples(atHertz: resample.hertz) == nil {
      validation.report(
        .windowNotWhole(argument: "every", seconds: every, hertz: resample.hertz), at: place.parameter("every"),
        related: related)
    }
  }
}
