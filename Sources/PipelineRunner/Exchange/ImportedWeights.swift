import Foundation
public import ModelExchange
public import PipelineModel
public import TrainingCompiler

/// The file of weights that a pipeline begins with.
public struct ImportedWeights: Sendable {
  /// Variables replaced.
  public let path: String
  private let bytes: [UInt8]
  private let modules: [String]?

  /// Larger files are not read: no network of ours comes near.
  static let sizeLimit = 1 << 30

  /// Reads the file.
  ///
  /// - Returns: Nil where the pipeline begins with random weights.
  public init?(_ stage: Pretrain, environment: [String: String]) throws(RunError) {
    guard let path = try stage.weightsFile(environment) else { return nil }
    self.path = path
    modules = stage.modules
    guard let facts = FileFacts(path: path) else {
      throw .noWeights(path: path, reason: "there is no such file")
    }
    guard facts.size <= Self.sizeLimit else {
      throw .noWeights(path: path, reason: "the file is larger than \(Self.sizeLimit >> 20) MiB")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .noWeights(path: path, reason: "the file cannot be read")
    }
    bytes = Array(data)
  }

  /// The weights as those of a network.
  public func network(_ graph: NetworkGraph) throws(RunError) -> FloatNetwork {
    do {
      return try WeightImport(graph, fromFile: bytes, modules: modules).network
    } catch {
      throw .weights(path: path, error)
    }
  }
}

extension Pretrain {
  /// Where the weights are, if the stage names a file.
  func weightsFile(_ environment: [String: String]) throws(RunError) -> String? {
    guard let weights else { return nil }
    do {
      return try resolvingEnvironment(weights, in: environment)
    } catch {
      throw .unknownEnvironmentVariable(error)
    }
  }
}
