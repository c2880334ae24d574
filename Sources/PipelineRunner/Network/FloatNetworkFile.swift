public import Foundation
import Learning
public import TrainingCompiler

/// A pretrained float32 network as JSON; its bits come back as they were.
public struct FloatNetworkFile: Codable, Sendable {
  public static let currentSchemaVersion = 1

  public private(set) var schemaVersion = FloatNetworkFile.currentSchemaVersion
  /// Of all that the pretraining depends on.
  public let fingerprint: String
  /// Of `values`.
  public let checksum: String
  /// Little-endian float32, node after node: weights, bias, scale, shift, mean and variance of the normalisation.
  public let values: Data

  public init(_ network: FloatNetwork, fingerprint: String) {
    self.fingerprint = fingerprint
    values = Data(
      network.parameters.flatMap { $0.arrays.joined() }.flatMap { number in
        (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
      })
    checksum = Self.checksum(values)
  }

  private static func checksum(_ bytes: Data) -> String {
    var digest = Fingerprint()
    for byte in bytes { digest.add(byte) }
    return digest.text
  }

  public func write(to path: String) throws(RunError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// The network that was pretrained with a fingerprint.
  ///
  /// - Parameter sample: A network of the same graph, whose numbers do not matter.
  /// - Throws: `RunError.damagedSearchFile`; `RunError.otherSearch` if it has another fingerprint.
  public static func read(
    from path: String, fingerprint: String, like sample: FloatNetwork
  ) throws(RunError) -> FloatNetwork {
    guard let data = BoundedFile.contents(path, atMost: 1 << 30),
      let file = try? JSONDecoder().decode(FloatNetworkFile.self, from: data),
      file.schemaVersion == currentSchemaVersion, file.checksum == checksum(file.values)
    else { throw .damagedSearchFile(path: path, reason: "is no network of a search, or is damaged") }
    guard file.fingerprint == fingerprint else { throw .otherSearch(path: path) }
    let count = sample.parameters.reduce(0) { $0 + $1.arrays.reduce(0) { $0 + $1.count } }
    guard file.values.count == 4 * count else {
      throw .damagedSearchFile(path: path, reason: "holds \(file.values.count / 4) numbers in place of \(count)")
    }
    let bytes = [UInt8](file.values)
    var position = 0
    var network = sample
    for node in network.parameters.indices {
      network.parameters[node].arrays = network.parameters[node].arrays.map { array in
        array.map { _ in
          defer { position += 4 }
          return Float(
            bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) })
        }
      }
    }
    return network
  }
}

extension NodeParameters {
  /// All numbers, kind by kind.
  var arrays: [[Float]] {
    get { [weights, bias, normScale, normShift, runningMean, runningVariance] }
    set {
      (weights, bias, normScale) = (newValue[0], newValue[1], newValue[2])
      (normShift, runningMean, runningVariance) = (newValue[3], newValue[4], newValue[5])
    }
  }
}
