public import Foundation
import ModelExchange
public import PipelineModel
import Tensors
public import TrainingCompiler

/// The file of weights that a pipeline begins with.
public struct ImportedWeights: Sendable {
  /// Variables replaced.
  public let path: String
  fileprivate let bytes: [UInt8]
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

extension CheckedPipeline {
  /// What is wrong with the file of weights, as far as that can be told without reading any recording: nothing where the
  /// file is not there yet.
  ///
  /// Where only the recordings tell how many channels or classes there are, any number that the file has will do.
  public func weightsIssue(environment: [String: String] = ProcessInfo.processInfo.environment) -> PipelineIssue? {
    guard let weights = try? ImportedWeights(pretrain, environment: environment) else { return nil }
    let channels = ingest.channelCount.map { [$0] } ?? weights.plausibleChannels
    let classes = ingest.classNames.map { [$0.count] } ?? weights.plausibleClasses
    var first: WeightImportError?
    for count in channels {
      for classCount in classes {
        let shape = ActivationShape(length: ingest.lengthSamples, channels: count)
        guard let graph = try? model.networkGraph(input: shape, classCount: classCount) else { return nil }
        do {
          _ = try WeightImport(graph, fromFile: weights.bytes, modules: pretrain.modules)
          return nil
        } catch {
          first = first ?? error
        }
      }
    }
    return first.flatMap {
      PipelineIssue.weightsDoNotFit(reason: "\(weights.path): \($0.reason)", advice: $0.advice, in: pipeline)
    }
  }
}

extension ImportedWeights {
  private var shapes: [[Int]] { ((try? SafetensorsFile(bytes: bytes))?.tensors ?? []).map(\.shape) }

  /// The input channels that a convolution of the file has; the fewest of several first, as a sensor's are.
  fileprivate var plausibleChannels: [Int] {
    let kernels = shapes.filter { $0.count == 3 }
    // A depthwise convolution has one input for each of its outputs.
    return Self.few(kernels.map { $0[1] }.filter { $0 > 1 }) + Self.few(kernels.map { $0[1] == 1 ? $0[0] : 1 })
  }

  /// The outputs that a dense layer of the file has.
  fileprivate var plausibleClasses: [Int] { Self.few(shapes.filter { $0.count == 2 }.map { $0[0] }) }

  private static func few(_ counts: [Int]) -> [Int] {
    let sane = Set(counts.filter { (1...65_536).contains($0) })
    return sane.isEmpty ? [1] : Array(sane.sorted().prefix(12))
  }
}
