import PipelineRunner

/// Tells on standard error what of the recordings could not be used.
enum LossReport {
  /// Duplicates are no loss: a frame of the same time has been used.
  ///
  /// - Throws: after all has been told, if anything was lost.
  static func tell(_ ingest: IngestSummary) throws(Failure) {
    for loss in ingest.losses { Terminal.standardError.say(loss, as: .warning) }
    let untold = ingest.lossCount - ingest.losses.count
    if untold > 0 { Terminal.standardError.say("and \(Readable.count(untold)) losses more", as: .warning) }
    for note in ingest.findings.labelNotes { Terminal.standardError.say(note, as: .warning) }
    let dropped = tell(ingest.findings)
    if ingest.lossCount > 0 || dropped { throw Failure(ExitStatus.dataLost) }
  }

  /// - Returns: Whether frames were dropped for what they hold or for when they came.
  static func tell(_ findings: IngestFindings) -> Bool {
    let (nonFinite, late) = (findings.nonFiniteFrames, findings.lateFrames)
    if nonFinite > 0 {
      Terminal.standardError.say(
        "\(Readable.count(nonFinite)) frames were dropped because a value was not finite", as: .warning)
    }
    if late > 0 {
      Terminal.standardError.say(
        "\(Readable.count(late)) frames were dropped because they came later than Disorder(.reorder(within:)) allows",
        as: .warning)
    }
    return nonFinite > 0 || late > 0
  }
}
