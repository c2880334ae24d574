extension ReportPage {
  var schemeSection: Markup? {
    guard !report.layers.isEmpty else { return nil }
    let data = CSVTable(
      name: "scheme",
      columns: [
        "layer", "weights", "updatedWeights", "biases", "updatedBiases", "arenaBytes", "forward", "inputGradient",
        "weightGradient",
      ],
      rows: report.layers.map { layer in
        [layer.name]
          + [
            layer.weights, layer.updatedWeights, layer.biases, layer.updatedBiases, layer.arenaBytes, layer.forward,
            layer.inputGradient, layer.weightGradient,
          ].map { "\($0)" }
      })
    let updated = report.layers.reduce(0) { $0 + $1.updatedWeights + $1.updatedBiases }
    let all = report.layers.reduce(0) { $0 + $1.weights + $1.biases }
    return HTML.section(
      "scheme", "What is updated, layer by layer",
      HTML.figure(
        "scheme-figure", "Shares of weights and biases, bytes, and operations",
        caption: """
          \(Figures.count(updated)) of \(Figures.count(all)) parameters change \
          (\(Figures.percent(all > 0 ? Double(updated) / Double(all) : 0))). Bytes are those of the arena for updated \
          parameters; operations are multiply-accumulates of one step, each gradient made once.
          """,
        picture: table, data: data))
  }

  /// Bars within the cells of a table: every figure stands beside its picture.
  private var table: Markup {
    let mostBytes = max(1, report.layers.map(\.arenaBytes).max() ?? 1)
    let mostOperations = max(1, report.layers.map(\.multiplyAccumulates).max() ?? 1)
    var rows = report.layers.map { layer -> Markup in
      """
      <tr><th scope="row">\(layer.name)</th>\(share(layer.updatedWeights, of: layer.weights))\
      \(share(layer.updatedBiases, of: layer.biases))\
      <td class="n">\(Figures.count(layer.arenaBytes))\(bar([(layer.arenaBytes, "m0")], of: mostBytes))</td>\
      <td class="n">\(Figures.count(layer.multiplyAccumulates))\
      \(bar([(layer.forward, "m1"), (layer.inputGradient, "m2"), (layer.weightGradient, "m0")], of: mostOperations))</td></tr>
      """
    }
    let sums = report.layers.reduce((0, 0)) { ($0.0 + $1.arenaBytes, $0.1 + $1.multiplyAccumulates) }
    rows.append(
      """
      <tr class="sum"><th scope="row">all</th><td></td><td></td><td class="n">\(Figures.count(sums.0))</td>\
      <td class="n">\(Figures.count(sums.1))</td></tr>
      """)
    return """
      \(HTML.legend([("m1", "forward"), ("m2", "gradient of the input"), ("m0", "gradient of the weights")]))\
      <div class="scroll" role="region" aria-label="What is updated, by layer" tabindex="0"><table class="bars">
      <caption class="hidden">What is updated, by layer</caption>
      <thead><tr><th scope="col">layer</th><th scope="col">weights</th><th scope="col">biases</th>\
      <th scope="col" class="n">arena bytes</th><th scope="col" class="n">operations</th></tr></thead>
      <tbody>
      \(rows)
      </tbody></table></div>

      """
  }

  private func share(_ part: Int, of whole: Int) -> Markup {
    guard whole > 0 else { return "<td>–</td>" }
    let text: Markup =
      part == 0
      ? "frozen" : part == whole ? "all \(Figures.count(whole))" : "\(Figures.count(part)) of \(Figures.count(whole))"
    return
      "<td\(part == 0 ? Markup(trusted: " class=\"frozen\"") : .empty)>\(text)\(bar([(part, "m0")], of: whole))</td>"
  }

  private func bar(_ parts: [(value: Int, colour: String)], of whole: Int) -> Markup {
    let spans = parts.filter { $0.value > 0 }.map { part -> Markup in
      """
      <span style="width:\(Double(part.value) / Double(max(1, whole)) * 100)%;background:var(--\(part.colour))"></span>
      """
    }
    return "<span class=\"bar\" aria-hidden=\"true\">\(spans.joined(separator: ""))</span>"
  }
}
