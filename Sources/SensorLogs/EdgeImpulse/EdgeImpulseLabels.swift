/// The labels beside an Edge Impulse recording.
enum EdgeImpulseLabels {
  /// Adds the labels of a recording, by row.
  ///
  /// - Returns: false where there is no such file, or none for this recording.
  static func read(
    beside path: String, into held: inout HeldLabels, _ labels: inout LabelTable, _ losses: inout LogLosses
  ) throws(LogReadError) -> Bool {
    let companions = CompanionFiles(beside: path)
    guard let input = try companions.openIfPresent(StructuredLabels.fileName) else { return false }
    let tokens = JSONTokens(TokenSource(try ByteStream(input, windowLogMaximum: 23), key: nil))
    var entries = StructuredLabels.Entries(detail: StructuredLabels.fileName)
    let problem = try StructuredLabels.forEach(tokens) { (file, element) throws(LogReadError) in
      guard file == companions.mainName, let range = entries.next(element) else { return }
      guard let index = labels.index(of: range.label) else { return entries.lose(labels.refusal) }
      if !held.add(index, from: range.first, to: range.last + 1) { entries.lose(.tooManyLabels) }
    }
    losses.add(contentsOf: entries.losses)
    if let problem {
      losses.add(LogLoss(.missingFile, byteOffset: 0, detail: "\(StructuredLabels.fileName): \(problem)"))
    }
    return entries.isFound
  }
}
