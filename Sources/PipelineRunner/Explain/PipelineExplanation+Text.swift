import PipelineModel
import TrainingCompiler

extension PipelineExplanation {
  /// The explanation as text, at most about 100 columns wide.
  public var text: String {
    ([heading, ingestText, modelText] + [stagesText, arenaText].compactMap { $0 }).joined(separator: "\n\n") + "\n"
  }

  private var heading: String { "Pipeline \(pipeline.name), seed \(pipeline.seed)" }

  private var ingestText: String { "Ingest \(pipeline.ingest.path)\n" + Self.table(ingestRows) }

  /// One row a step: its name, what it does, what it gives.
  var ingestRows: [[String]] {
    let ingest = pipeline.ingest
    var rows: [[String]] = ingest.reads.map { read in
      [
        "Read", "\(read.format) \(read.files)" + (read.topic.map { ", topic \($0)" } ?? ""),
        "\(read.channels?.count ?? readChannelCount) channels",
      ]
    }
    rows += frameRows(ingest.written, channels: readChannelCount)
    let hertz = ingest.resample?.hertz
    let seconds = hertz.map { " = \(Self.text(Double(ingest.lengthSamples) / $0)) s" } ?? ""
    rows.append([
      "Window", "\(ingest.lengthSamples) samples\(seconds), every \(ingest.hopSamples)" + labelRule,
      "\(ingest.lengthSamples) × \(channelCount), \(ingest.lengthSamples * channelCount) bytes as int8",
    ])
    rows.append(["Split", "by subject", Self.phrase(ingest.split)])
    return rows
  }

  /// How a window that spans several labels gets one.
  private var labelRule: String {
    let window = pipeline.ingest.window
    guard window.across == .labels else { return "" }
    let rule =
      switch window.label {
      case nil, .majority: "most frames"
      case .end: "the last frame"
      case .anywhere(let label): "'\(label)' if any frame has it, else most frames"
      case .share(let label, let share):
        "'\(label)' if \(Self.text(share * 100)) % of frames have it, else most others"
      }
    let agreement =
      window.agreement > 0 ? "; left out below \(Self.text(window.agreement * 100)) % of frames" : ""
    return ", label of \(rule)\(agreement)"
  }

  private var modelText: String {
    var rows = [["layer", "gives", "parameters", "multiply-accumulates"]]
    rows += layers.map { layer in
      [
        layer.name, "\(layer.output.length) × \(layer.output.channels)", Self.grouped(layer.parameters),
        Self.grouped(layer.multiplyAccumulates),
      ]
    }
    rows.append([
      "all", "\(classCount) classes", Self.grouped(graph.foldedParameterCount), Self.grouped(graph.multiplyAccumulates),
    ])
    return "Model\n" + Self.table(rows, rightFrom: 2)
  }

  private static func phrase(_ split: Split) -> String {
    if let share = split.holdOutLast { return "holds out the last \(text(share * 100)) % of each" }
    return "holds out \((split.holdOut ?? []).joined(separator: ", "))"
  }

  private static func epochs(_ count: Int) -> String { "\(count) epoch\(count == 1 ? "" : "s")" }

  private var pretrainText: String {
    let stage = pipeline.pretrain
    let training =
      "\(Self.epochs(stage.effectiveEpochs)) in batches of \(stage.batch), float32, on the host"
    guard let weights = stage.weights else { return training }
    return "weights from \(weights)" + (stage.effectiveEpochs == 0 ? ", float32, as they are" : ", then \(training)")
  }

  private var stagesText: String? { "Learning\n" + Self.table(stageRows) }

  /// One row a stage that learns; further rows of a stage have no name.
  var stageRows: [[String]] {
    var rows = [["Pretrain", pretrainText]]
    if let quantize = pipeline.quantize {
      rows.append(["Quantize", "ranges from \(quantize.calibration) training windows"])
    }
    if let plan {
      rows.append([
        "Update",
        "\(plan.scheme.name): \(Self.grouped(plan.updatedParameterCount)) of "
          + "\(Self.grouped(graph.foldedParameterCount)) parameters",
      ])
      rows += shareRows(plan)
    }
    if let search = pipeline.search, let train = pipeline.train {
      let who = search.split?.holdOut?.joined(separator: ", ") ?? "every fourth training subject"
      rows.append([
        "Search",
        "for what to update within \(Self.grouped(search.arena?.bytes ?? train.arena.bytes)) bytes, "
          + "\(search.evaluations) schemes and more, on \(who)",
      ])
    }
    if let train = pipeline.train {
      rows.append([
        "Train",
        "\(Self.epochs(train.epochs)) at batch 1, int8, in an arena of \(Self.grouped(train.arena.bytes)) bytes",
      ])
    }
    return rows
  }

  /// Tensors of which only some input channels are updated.
  private func shareRows(_ plan: TrainingPlan) -> [[String]] {
    let criterion = pipeline.update?.channels ?? .magnitude
    return plan.updatedLayers.compactMap { layer -> [String]? in
      let share = plan.scheme[layer.node].weights
      guard let divisor = share.divisor else { return nil }
      let chosen = criterion == .gradient ? "by gradient" : "by magnitude"
      return [
        "",
        "\(layer.name).weights/\(divisor): \(layer.inputChannels.count) of \(layer.inputChannelCount) channels, \(chosen)",
      ]
    }
  }

  private var arenaText: String? {
    guard let plan, let train = pipeline.train else { return nil }
    let share = Double(plan.arenaBytes) / Double(train.arena.bytes) * 100
    let lines = [
      "Arena",
      "  planned peak  \(Self.grouped(plan.arenaBytes)) bytes, \(Int(share.rounded())) % of the budget; "
        + "no placement needs less than \(Self.grouped(plan.lowerBoundBytes))",
      "  constants     \(Self.grouped(plan.constantBytes)) bytes: frozen and initial weights, tables",
      "  step          \(plan.operationNames.count) operations, \(plan.forwardCount) of them forward",
      "", "  alive at the peak",
    ]
    return (lines + [Self.table(peakRows(plan), rightFrom: 1, indent: "    ")]).joined(separator: "\n")
  }

  /// Bytes of each purpose at the operation where most bytes are alive.
  private func peakRows(_ plan: TrainingPlan) -> [[String]] {
    let map = ArenaMap(plan)
    guard let peak = map.peakOperation else { return [] }
    return map.bytesByRole(at: peak).map { [$0.role.rawValue, Self.grouped($0.byteCount)] }
      + [["all, at '\(plan.operationNames[peak])'", Self.grouped(map.operations[peak].liveBytes)]]
  }

  // MARK: Text

  static func table(_ rows: [[String]], rightFrom: Int = .max, indent: String = "  ") -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column >= rightFrom ? space + text : text + space
      }
      var line = indent + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  static func grouped(_ value: Int) -> String {
    var digits = ""
    for (position, digit) in String(value).reversed().enumerated() {
      if position > 0 && position.isMultiple(of: 3) && digit != "-" { digits.append(",") }
      digits.append(digit)
    }
    return String(digits.reversed())
  }
}
