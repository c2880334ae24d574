import PipelineModel

/// The model, and what of it the device may train.
extension StarterDraft {
  mutating func learn() throws(StarterError) {
    stages.append(model.pipelineStage)
    // Some 60,000 windows in all are seen, whether there are few or many.
    let epochs = min(40, max(10, 60_000 / max(1, windowCount)))
    stages.append(Pretrain(epochs: epochs, batch: batch, optimizer: .adam(0.002), schedule: .cosine).pipelineStage)
    reasons.append(("Model", "some 20,000 weights; layers are told by 'martlet explain'"))
    let steps = batch == Pretrain().batch ? "" : ", in steps of \(batch) windows, for there are only \(trainingWindows)"
    reasons.append(("Pretrain", "on this machine, in float32\(steps)"))
    stages.append(Quantize(calibration: 256).pipelineStage)
    let ending: [PipelineStage] = [
      Evaluate { return [.accuracy, .macroF1, .confusionMatrix, .perSubject, .memory, .latency] }.pipelineStage,
      Report("report.html").pipelineStage,
    ]
    let before = stages
    var needed = 0
    for (scheme, reason) in schemes {
      stages =
        before + [
          Update(scheme).pipelineStage,
          Train(
            on: .heldOut, adaptFraction: 0.5, adaptFrom: adaptFrom, epochs: 5, optimizer: .sgd(0.001),
            schedule: .linear, arena: Self.size(options.budgetBytes)
          ).pipelineStage,
        ] + ending
      switch try planned() {
      case .fits(let bytes):
        let share = "\(Self.grouped(bytes)) of \(Self.grouped(options.budgetBytes)) bytes"
        reasons.append(("Update", reason))
        reasons.append(("Train", "on the device, one window a step, in int8: \(share), everything writable included"))
        return
      case .needs(let bytes): needed = bytes
      }
    }
    throw .doesNotFit(budgetBytes: options.budgetBytes, neededBytes: needed)
  }

  private var schemes: [(UpdateScheme, String)] {
    // Of whole subjects, one pretrains for a search and another plays a newcomer.
    let search = heldOut == nil || trainingSubjects > 1 ? "; 'martlet search' finds what is worth its bytes" : ""
    return [
      (.full, "all weights fit into the budget" + (search.isEmpty ? "" : "\(search) in a smaller one")),
      (.lastBlocks(1), "all weights do not fit into the budget\(search)"),
      (.biasesAndLastLayer, "more does not fit into the budget\(search)"),
      (.lastLayer, "more does not fit into the budget\(search)"),
    ]
  }

  private static func size(_ bytes: Int) -> MemorySize {
    bytes.isMultiple(of: 1024) ? .kibibytes(bytes / 1024) : .bytes(bytes)
  }

  private enum Fit {
    case fits(Int)
    case needs(Int)
  }

  private func planned() throws(StarterError) -> Fit {
    let checked: CheckedPipeline
    do {
      checked = try pipeline.checked()
    } catch {
      throw .invalid(error.issues.map(\.message).joined(separator: "; "))
    }
    do {
      let explanation = try PipelineExplanation(checked, channels: channels.count, classes: max(2, labels.count))
      return .fits(explanation.plan?.arenaBytes ?? 0)
    } catch {
      if case .compilation(.budgetTooSmall(let needed, _, _)) = error { return .needs(needed) }
      throw .invalid(error.description)
    }
  }

  /// Two inverted residuals, as in the reference pipelines; long windows are brought down faster.
  private var model: Model {
    let isLong = windowSamples >= 256
    let isShort = windowSamples < 64
    return Model {
      Conv1D(24, kernel: isLong ? 9 : 5, stride: isLong ? 4 : isShort ? 1 : 2)
      InvertedResidual(24, expand: 3, kernel: isLong ? 9 : 5)
      InvertedResidual(40, expand: 3, kernel: 5, stride: 2)
      Pointwise(96)
      GlobalAveragePool()
      Dense(.classes)
    }
  }
}
