import Martlet

/// Tells which way is up, by a complementary filter over acceleration and rate of turn.
///
/// Adds the channels `up_x`, `up_y` and `up_z`: the direction of up as the sensor sees it, in the unit of the
/// accelerations. The rate of turn carries it through quick movements, the accelerations keep it from drifting. After
/// Mahony, Hamel and Pflimlin 2008, "Nonlinear Complementary Filters on the Special Orthogonal Group", section III.
public struct Tilt: FrameStage {
  public static let version: Int? = 1

  /// Three channels each: x, y, z.
  public var accelerations: [String]
  /// In radians a second.
  public var turns: [String]
  /// Movements that take less than these seconds do not count as gravity.
  public var seconds: Double

  public init(accelerations: [String], turns: [String], seconds: Double = 1) {
    self.accelerations = accelerations
    self.turns = turns
    self.seconds = seconds
  }

  public func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
    let processor = try makeProcessor(for: input)
    let unit = input.channels[processor.accelerations[0]].unit
    return input.adding("up_x", unit: unit).adding("up_y", unit: unit).adding("up_z", unit: unit)
  }

  public func makeProcessor(for input: FrameStream) throws(StageMisfit) -> Processor {
    guard accelerations.count == 3, turns.count == 3 else {
      throw .other("takes three accelerations and three turns", advice: "name x, y and z of each")
    }
    guard seconds > 0 else { throw .other("takes more than 0 seconds, found \(seconds)", advice: "write 1") }
    return Processor(
      accelerations: try input.indices(of: accelerations), turns: try input.indices(of: turns, in: "rad/s"),
      channels: input.channels.count, seconds: seconds)
  }

  public struct Processor: FrameProcessor {
    let accelerations: [Int]
    let turns: [Int]
    let channels: Int
    let seconds: Double
    var up: SIMD3<Float> = .zero
    var last: FrameStamp?

    public mutating func process(_ frame: Frame, into output: inout FrameOutput) {
      let measured = vector(frame, accelerations)
      if let last {
        let step = frame.stamp.seconds(since: last)
        let turn = vector(frame, turns)
        // What stands still in the world turns against the sensor; the second term keeps its length.
        let change = -Float(step) * cross(turn, up)
        let turned = up + change - Float(step / 2) * cross(turn, change)
        up = turned + Float(step / (seconds + step)) * (measured - turned)
      } else {
        up = measured
      }
      last = frame.stamp
      output.append(frame.stamp)
      output.copy(frame)
      for axis in 0..<3 { output[channels + axis] = up[axis] }
    }

    private func vector(_ frame: Frame, _ places: [Int]) -> SIMD3<Float> {
      SIMD3(frame[places[0]], frame[places[1]], frame[places[2]])
    }

    private func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
      SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }
  }
}
