import Learning
import TrainingCompiler

/// A pass of the compiler after which a pipeline can be shown, in their order.
public enum ExplainedPass: String, Sendable, Hashable, CaseIterable {
  case shapes
  case fold
  case quantize
  case selectChannels = "select-channels"
  case differentiate
  case prune
  case sliceChannels = "slice-channels"
  case packMasks = "pack-masks"
  case fuse
  case reorder
  case inPlace = "in-place"
  case orderCopies = "order-copies"
  case lifetimes
  case place

  public var summary: String {
    switch self {
    case .shapes: "The layers of the model, with shapes."
    case .fold: "Batch normalisation is merged into the layers before it."
    case .quantize: "Int8 weights and activations; activation functions are limits of their layers."
    case .selectChannels: "Channels of which only a share is updated are reordered so that those come first."
    case .differentiate, .prune, .sliceChannels, .packMasks, .fuse, .reorder, .inPlace, .orderCopies:
      step?.summary ?? ""
    case .lifetimes: "From which operation to which every buffer is needed."
    case .place: "Where every buffer stands in the arena."
    }
  }

  /// The pass that makes the operations of a step, if it is one.
  fileprivate var step: StepPass? { StepPass(rawValue: rawValue) }
}

extension PipelineExplanation {
  /// What each part of the compiler saves, as text; nil where the pipeline does not train.
  public func ladderText() throws(RunError) -> String? {
    guard let update = pipeline.update, let train = pipeline.train, let plan else { return nil }
    let quantized = try Self.quantized(try Self.folded(pipeline, graph))
    let scheme = try update.scheme.compiled(for: quantized)
    let ladder: MemoryLadder
    do {
      ladder = try MemoryLadder(of: quantized, scheme: scheme, options: train.options, plan: plan)
    } catch {
      throw .compilation(error)
    }
    let first = Double(ladder.rungs[0].byteCount)
    let rows = ladder.rungs.map { rung in
      let ratio = (first / Double(rung.byteCount) * 10).rounded() / 10
      return [rung.name, Self.grouped(rung.byteCount), "1/\(ratio)"]
    }
    return Self.table(
      [["writable memory of a training step", "bytes", "of the first"]] + rows, rightFrom: 1, indent: "")
      + "\n"
  }

  /// The network, the step or the plan after a pass, as text.
  ///
  /// Weights are random and activations are taken to lie between -1 and 1, because no data is read: names, shapes,
  /// order and bytes are those of the run, scales are not.
  ///
  /// - Throws: `RunError` if the pipeline lacks the stage that the pass belongs to, or cannot be compiled.
  public func listing(after pass: ExplainedPass) throws(RunError) -> String {
    if pass == .shapes { return graph.listing }
    let folded = try Self.folded(pipeline, graph)
    if pass == .fold { return folded.graph.listing }
    guard pipeline.quantize != nil else {
      throw .unsupported(
        setting: "--after \(pass.rawValue) without Quantize", instead: "give the pipeline a Quantize stage")
    }
    let quantized = try Self.quantized(folded)
    if pass == .quantize { return quantized.listing }
    guard let update = pipeline.update, let train = pipeline.train, let plan else {
      throw .unsupported(
        setting: "--after \(pass.rawValue) without Train", instead: "give the pipeline the stages Update and Train")
    }
    guard pass != .lifetimes, pass != .place else {
      return pass == .lifetimes ? plan.lifetimeListing : plan.placementListing
    }
    do {
      guard let step = pass.step else {
        return try StepPass.network(of: quantized, scheme: update.scheme.compiled(for: quantized)).listing
      }
      return try StepPass.graph(
        of: quantized, scheme: update.scheme.compiled(for: quantized), options: train.options, through: step
      ).listing
    } catch let error as CompilationError {
      throw .compilation(error)
    } catch let error as RunError {
      throw error
    } catch {
      throw .unsupported(setting: "this pipeline", instead: "\(error)")
    }
  }
}
