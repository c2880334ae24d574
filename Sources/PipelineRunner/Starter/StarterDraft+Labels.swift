import PipelineModel

/// What the frames show.
extension StarterDraft {
  mutating func label() throws(StarterError) {
    var frames: [String: Int] = [:]
    for survey in surveys {
      for (name, runs) in survey.runs { frames[name, default: 0] += runs.reduce(0, +) }
    }
    // A negative number is no label.
    frames = frames.filter { Int($0.key).map { $0 >= 0 } ?? true }
    labels = frames.keys.sorted { Int($0) ?? .max == Int($1) ?? .max ? $0 < $1 : (Int($0) ?? .max) < (Int($1) ?? .max) }
    guard !labels.isEmpty else {
      let loss = surveys.lazy.compactMap { survey in survey.summary.losses.first.first.map { "\(survey.path): \($0)" } }
      throw .noLabels(columns: surveys[0].summary.channels.map(\.channel.name), firstLoss: loss.first)
    }
    guard labels.count > 1 else { throw .oneLabel(labels[0]) }
    let names = try classNames()
    let shown = { (label: String) in
      Int(label).flatMap { names.map(\.indices)?.contains($0) == true ? names?[$0] : nil }
    }
    let shares = labels.prefix(12).map { label in
      "\(shown(label) ?? label) \(Self.duration(Double(frames[label] ?? 0) / max(rate, 1e-9)))"
    }
    let rest = labels.count > 12 ? " and \(labels.count - 12) more" : ""
    let source = options.labelNames?.foundIn.flatMap { names == nil || !areNumbers ? nil : "; names from \($0)" } ?? ""
    // Labels from elsewhere need no column and no topic.
    let isOwn = labelOrigin == .recording
    let column = isOwn ? surveys.lazy.compactMap(\.labelColumn).first : nil
    add(
      Labels(
        from: labelOrigin, topic: isOwn ? options.reading.labelTopic : nil, column: column ?? "label", names: names),
      "Labels", because: "labelled: \(shares.joined(separator: ", "))\(rest)\(source)")
    if surveys.contains(where: \.hasSegments) {
      add(Segments(column: options.reading.segmentColumn ?? "segment"), "Segments")
    }
  }

  private var areNumbers: Bool { labels.allSatisfy { Int($0) != nil } }

  /// Names in the order of their numbers; nil where numbers are not those of a list.
  private func classNames() throws(StarterError) -> [String]? {
    guard areNumbers else {
      if let given = options.labelNames, given.foundIn == nil { throw .labelsHaveNames(labels) }
      return labels
    }
    let numbers = labels.compactMap { Int($0) }
    let count = (numbers.max() ?? 0) + 1
    if let given = options.labelNames {
      if given.names.count >= count { return given.foundIn == nil ? given.names : Array(given.names.prefix(count)) }
      // A list that is found may be of something else.
      if given.foundIn == nil { throw .tooFewNames(given: given.names.count, needed: count) }
    }
    guard numbers == Array(0..<count) else { return nil }
    return labels
  }
}
