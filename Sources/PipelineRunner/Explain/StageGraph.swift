import PipelineModel

/// The stages of a pipeline as boxes and what goes from one to the next as arrows.
public struct StageGraph: Sendable, Hashable {
  public struct Node: Sendable, Hashable {
    /// Unique: `read1`, `window`.
    public let id: String
    /// The stage's name.
    public let title: String
    public let lines: [String]
  }

  public struct Edge: Sendable, Hashable {
    /// Indices of nodes; arrows lead forward.
    public let from: Int
    public let to: Int
    /// What goes along it: `6 channels`, `128 × 6, training`.
    public let label: String
  }

  public let title: String
  /// In the order of the pipeline.
  public private(set) var nodes: [Node] = []
  public private(set) var edges: [Edge] = []

  init(title: String) {
    self.title = title
  }

  @discardableResult
  mutating func add(_ title: String, _ lines: [String]) -> Int {
    let word = title.prefix(1).lowercased() + title.dropFirst()
    let same = nodes.count { $0.title == title }
    nodes.append(Node(id: same == 0 ? word : "\(word)\(same + 1)", title: title, lines: lines.filter { !$0.isEmpty }))
    return nodes.count - 1
  }

  mutating func connect(_ from: Int, _ to: Int, _ label: String) {
    precondition(from < to, "arrows lead forward")
    edges.append(Edge(from: from, to: to, label: label))
  }
}

extension PipelineExplanation {
  /// Stages and what goes from one to the next.
  public var stageGraph: StageGraph {
    var graph = StageGraph(title: "\(pipeline.name), seed \(pipeline.seed)")
    var sources: [Int] = []
    var last: Int?
    for row in ingestRows {
      let node = graph.add(row[0], Array(row.dropFirst()))
      if row[0] == "Read" {
        sources.append(node)
      } else {
        for source in sources { graph.connect(source, node, "\(readChannelCount) channels") }
        if let last { graph.connect(last, node, row[0] == "Split" ? windowText : "") }
        (sources, last) = ([], node)
      }
    }
    addLearning(to: &graph, windows: last ?? 0)
    return graph
  }

  private var windowText: String { "\(pipeline.ingest.lengthSamples) × \(channelCount)" }

  private func addLearning(to graph: inout StageGraph, windows: Int) {
    let model = graph.add(
      "Model",
      [
        "\(Self.grouped(self.graph.foldedParameterCount)) parameters",
        "\(Self.grouped(self.graph.multiplyAccumulates)) multiply-accumulates a window",
      ])
    var weights = model
    var label = "layers"
    for row in stageRows where !row[0].isEmpty {
      let node = graph.add(row[0], Array(row.dropFirst()))
      switch row[0] {
      case "Pretrain": graph.connect(windows, node, "\(windowText), training")
      case "Train": graph.connect(windows, node, "\(windowText), held out")
      default: break
      }
      graph.connect(weights, node, label)
      weights = node
      label =
        switch row[0] {
        case "Pretrain": "float32 weights"
        case "Quantize": "int8 weights"
        case "Train": "adapted weights of each subject"
        default: "what to update"
        }
    }
    let evaluate = graph.add("Evaluate", [pipeline.evaluate.metrics.map { "\($0)" }.joined(separator: ", ")])
    graph.connect(weights, evaluate, label)
    if let report = pipeline.report {
      graph.connect(evaluate, graph.add("Report", [report.file]), "figures")
    }
  }
}
