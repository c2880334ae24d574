extension Ingest {
  /// Reports stages of the program's own that do not fit the stream before them, as far as it is known.
  func checkOwnStages(in validation: inout Validation, at path: PipelinePath) {
    guard !ownStages.isEmpty else { return }
    var stream = readStream
    var giver = index { if case .read(let read) = $0 { read.channels != nil } else { false } }
    for (index, step) in steps.enumerated() {
      guard case .own(let own) = step else {
        // Whoever names the channels is where to look when one is missing.
        if case .select(let select) = step {
          stream = stream ?? FrameStream(channels: select.channels)
          giver = index
        }
        stream = try? stream?.after(step)
        continue
      }
      guard let input = stream else { continue }
      do throws(StageMisfit) {
        let output = try own.output(for: input)
        try own.checkRate(input, output, isResampled: isResampled(behind: index))
        stream = output
      } catch {
        validation.report(
          .stageMisfit(stage: own.name, error), at: own.place(of: error, at: path.child(index)),
          related: giver.map { path.child($0).parameter("channels") })
        return
      }
    }
  }

  package func isResampled(behind index: Int) -> Bool {
    steps.dropFirst(index + 1).contains { if case .resample = $0 { true } else { false } }
  }
}

extension OwnStage {
  /// The argument that names the channel which does not fit, else the stage.
  fileprivate func place(of misfit: StageMisfit, at path: PipelinePath) -> PipelinePath {
    let channel: String
    switch misfit {
    case .missingChannel(let name, _, _), .wrongUnit(let name, _, _): channel = name
    default: return path
    }
    for argument in arguments {
      guard let label = argument.label else { continue }
      if argument.value == .string(channel) { return path.parameter(label) }
      if case .array(let elements) = argument.value, let index = elements.firstIndex(of: .string(channel)) {
        return path.parameter(label).element(index)
      }
    }
    return path
  }

  /// Windows are cut at the rate that `Resample` or the recordings have, so a change of it needs a `Resample` behind.
  package func checkRate(
    _ input: FrameStream, _ output: FrameStream, isResampled: Bool
  ) throws(StageMisfit) {
    guard let from = input.hertz, let to = output.hertz, from != to, !isResampled else { return }
    throw .rateChanges(from: from, to: to)
  }
}
