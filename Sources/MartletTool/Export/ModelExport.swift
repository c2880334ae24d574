import ModelExchange
import PipelineRunner

/// The files of other programs' formats, made from a run's networks.
struct ModelExport {
  let networks: RunNetworks
  let rawInput: Bool
  let isQuiet: Bool

  /// - Parameter subject: Of the int8 network; `none` for before any adaptation.
  /// - Returns: The bytes, and what they are in a few words.
  func file(_ format: ExportFormat, subject: String?) throws -> (bytes: [UInt8], what: String) {
    let input = rawInput ? ONNXInput.raw : .normalized
    switch format {
    case .onnxFloat:
      let model = ONNXModel(try networks.float(), facts: networks.facts, input: input)
      return (model.bytes(), "float32 network, \(Self.sketch(model))")
    case .onnxInt8:
      let subject = try chosen(subject)
      let network = try networks.quantized(subject: subject)
      let model = ONNXModel(network, facts: networks.facts, input: input)
      return (
        model.bytes(), "int8 network \(subject.map { "adapted to \($0)" } ?? "as quantised"), \(Self.sketch(model))"
      )
    case .safetensors:
      let network = try networks.float()
      let file = SafetensorsFile(
        metadata: networks.facts.metadata.merging(["format": "pt"]) { first, _ in first }, tensors: network.stateDict)
      return (file.bytes(), "float32 network, \(Readable.count(file.tensors.count, "tensor"))")
    case .windows:
      let reporter = ProgressReporter(isQuiet: isQuiet || !Terminal.standardError.redraws)
      defer { reporter.finish() }
      let export = WindowExport(networks, observer: reporter.observer())
      let file = try export.file(model: networks.pipeline.quantize == nil ? nil : networks.model())
      return (file.bytes(), Readable.count(file["labels"]?.elementCount ?? 0, "window"))
    }
  }

  /// Whose weights, where the command names nobody: those of the only one there is.
  private func chosen(_ subject: String?) throws -> String? {
    if subject == "none" { return nil }
    if let subject { return subject }
    let known = try networks.subjects()
    guard known.count > 1 else { return known.first }
    throw Failure(
      ExitStatus.usage,
      "the run adapted to \(known.joined(separator: ", ")); choose one with --subject, or none of them with --subject none"
    )
  }

  private static func sketch(_ model: ONNXModel) -> String {
    let input = model.input.shape.map(String.init).joined(separator: ", ")
    return "ONNX operators of version \(ONNXModel.operatorSetVersion), '\(model.input.name)' [windows, \(input)] to "
      + "'\(model.output.name)' [windows, \(model.output.shape[0])]"
  }
}
