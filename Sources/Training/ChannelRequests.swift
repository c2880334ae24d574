import Tensors

/// The fields that say where a layer's weights lie: in one piece, or those of the first input channels, which are
/// updated, apart from all others, which are constants.
public struct WeightSplit: Sendable {
  /// Weights of the other channels; absent where the tensor is whole.
  public let frozen: Int32
  /// Input channels whose weights lie in the updated part.
  public let updatedChannels: Int

  init(_ cursor: inout PlanCursor) {
    frozen = cursor.next()
    updatedChannels = cursor.nextInt()
  }

  public var exists: Bool { frozen != Plan.none }

  /// Weights in the updated part of a tensor, of `count` in all over `channels` input channels; all if it is whole.
  func updatedCount(of count: Int, channels: Int) -> Int { exists ? count / channels &* updatedChannels : count }

  func frozenCount(of count: Int, channels: Int) -> Int { count &- updatedCount(of: count, channels: channels) }
}

/// The fields that say where updated weights come from: in the activation that is read, and in the model as described.
public struct WeightOrigin: Sendable {
  /// Channels of a frame of the activation that is read; more than the updated ones where it is kept whole.
  public let frameStride: Int
  /// Weights of a row as described, which may hold frozen ones and other channels first.
  public let rowStride: Int
  /// The index of each row as described; absent if rows stand as described.
  public let rows: Int32
  /// Where each weight of a row stands in the row as described; absent if they are 0, 1, 2, ….
  public let places: Int32

  init(_ cursor: inout PlanCursor) {
    frameStride = cursor.nextInt()
    rowStride = cursor.nextInt()
    rows = cursor.next()
    places = cursor.next()
  }

  /// The index of a row's first weight in the model as described.
  public func firstIndex(ofRow row: Int, of rowCount: Int, first: UInt32, _ memory: borrowing PlanMemory) -> UInt32 {
    let described = rows == Plan.none ? row : Int(memory.read(rows, as: Int32.self, count: rowCount)[row])
    return first &+ UInt32(truncatingIfNeeded: described &* rowStride)
  }
}
