import Foundation
public import ModelExchange
public import PipelineModel
import Tensors
public import TrainingCompiler

/// The networks that a run left, read from its folder.
public struct RunNetworks: Sendable {
  public let path: String
  public let pipeline: CheckedPipeline
  public let facts: NetworkFacts
  private let graph: NetworkGraph

  /// The files of a run directory that hold networks.
  public static let networkFileName = "network.safetensors"
  public static let quantizedFileName = "int8.safetensors"

  /// - Parameter pipeline: That of the folder.
  public init(path: String, pipeline: CheckedPipeline) throws(RunError) {
    self.path = path
    self.pipeline = pipeline
    let file = try Self.file(Self.networkFileName, of: path)
    guard let facts = NetworkFacts(metadata: file.metadata) else {
      throw .noRun(path: path, reason: "its \(Self.networkFileName) does not tell what the network is fed")
    }
    self.facts = facts
    graph = try pipeline.model.networkGraph(
      input: ActivationShape(length: facts.windowSamples, channels: facts.channelNames.count),
      classCount: facts.classNames.count)
  }

  /// The float32 network, batch normalisations not folded.
  public func float() throws(RunError) -> FloatNetwork {
    let bytes = try Self.bytes(Self.networkFileName, of: path)
    do {
      return try WeightImport(graph, fromFile: bytes).network
    } catch {
      throw .weights(path: "\(path)/\(Self.networkFileName)", error)
    }
  }

  /// Those to whom the run adapted.
  public func subjects() throws(RunError) -> [String] {
    try Self.file(Self.quantizedFileName, of: path).metadata["martlet.subjects"].flatMap(NetworkFacts.names) ?? []
  }

  /// The int8 network.
  ///
  /// - Parameter subject: To whom it is adapted; nil for the network as quantised.
  public func quantized(subject: String?) throws(RunError) -> QuantizedNetwork {
    let file = try Self.file(Self.quantizedFileName, of: path)
    let known = try subjects()
    if let subject, !known.contains(subject) {
      throw .quantizedTensors(
        path: "\(path)/\(Self.quantizedFileName)", .unknownSubject(subject, known: known))
    }
    let structure = try PipelineExplanation.quantized(PipelineExplanation.folded(pipeline, graph))
    do {
      return try QuantizedNetwork(file, like: structure, subject: subject)
    } catch {
      throw .quantizedTensors(path: "\(path)/\(Self.quantizedFileName)", error)
    }
  }

  /// The file that devices and `martlet predict` apply.
  public func model() throws(RunError) -> ModelFile {
    let bytes = try Self.bytes("model.martlet", of: path)
    do {
      return try ModelFile(bytes: bytes)
    } catch {
      throw .replay(.model(error))
    }
  }

  private static func bytes(_ name: String, of path: String) throws(RunError) -> [UInt8] {
    let file = "\(path)/\(name)"
    guard let facts = FileFacts(path: file), facts.size <= ImportedWeights.sizeLimit,
      let data = FileManager.default.contents(atPath: file)
    else {
      throw .noRun(
        path: path,
        reason: name == quantizedFileName
          ? "it holds no \(name), as its pipeline has no Quantize" : "it holds no \(name); run the pipeline again")
    }
    return Array(data)
  }

  private static func file(_ name: String, of path: String) throws(RunError) -> SafetensorsFile {
    let bytes = try bytes(name, of: path)
    do {
      return try SafetensorsFile(bytes: bytes)
    } catch {
      throw .weights(path: "\(path)/\(name)", .file(error))
    }
  }
}
