import Martlet

/// Adds the length of a vector, which does not depend on how the sensor is turned.
public struct Magnitude: FrameStage {
  public static let version: Int? = 1
  public var channels: [String]

  public init(of channels: [String]) {
    self.channels = channels
  }

  public func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
    _ = try input.indices(of: channels)
    return input.adding("magnitude")
  }

  public func makeProcessor(for input: FrameStream) throws(StageMisfit) -> Processor {
    Processor(places: try input.indices(of: channels), width: input.channels.count)
  }

  public struct Processor: FrameProcessor {
    let places: [Int]
    let width: Int

    public mutating func process(_ frame: Frame, into output: inout FrameOutput) {
      var sum: Float = 0
      for place in places { sum += frame[place] * frame[place] }
      output.append(frame.stamp)
      output.copy(frame)
      output[width] = sum.squareRoot()
    }
  }
}
