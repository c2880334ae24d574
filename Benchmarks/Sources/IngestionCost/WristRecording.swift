import Foundation
import SensorLogs

/// The fixed recording of the text benchmarks: time and six channels at 100 Hz, noisy sines with six decimals.
///
/// The same number of rows is the same file on every machine: noise comes from a linear congruential generator and
/// sines from a recurrence of additions and multiplications.
struct WristRecording {
  static let channels = [
    Channel(name: "acc_x", unit: "m/s2"), Channel(name: "acc_y", unit: "m/s2"), Channel(name: "acc_z", unit: "m/s2"),
    Channel(name: "gyro_x", unit: "rad/s"), Channel(name: "gyro_y", unit: "rad/s"),
    Channel(name: "gyro_z", unit: "rad/s"),
  ]
  private static let startNanoseconds: Int64 = 1_700_000_000_000_000_000
  private static let periodNanoseconds: Int64 = 10_000_000

  /// Of each channel: where it rests, how far it swings, how far the sine turns in a frame, and how noisy it is.
  private static let shapes: [(rest: Double, swing: Double, turn: Double, noise: Double)] = [
    (0.35, 3, 0.11, 0.4), (-0.6, 2, 0.07, 0.4), (9.81, 2.5, 0.13, 0.4),
    (0.01, 1.2, 0.09, 0.05), (-0.02, 0.8, 0.05, 0.05), (0.03, 1.5, 0.12, 0.05),
  ]

  private var noiseState: UInt64 = 1
  private var sines = Array(repeating: (sine: 0.0, cosine: 1.0), count: 6)
  private var values = Array(repeating: 0.0, count: 6)

  /// Writes rows in the format that the name asks for.
  static func write(_ path: String, rows: Int) throws {
    var recording = WristRecording()
    let writer = try SensorLog.create(path, schema: LogSchema(channels: channels))
    var batch = FrameBatch(channelCount: channels.count, capacity: 4096)
    for row in 0..<rows {
      recording.advance()
      batch.append(
        time: startNanoseconds + Int64(row) * periodNanoseconds, values: recording.values)
      if batch.count == 4096 {
        try writer.write(batch, labelNames: [])
        batch.removeAll()
      }
    }
    try writer.write(batch, labelNames: [])
    try writer.finish()
  }

  private mutating func advance() {
    for channel in values.indices {
      let shape = Self.shapes[channel]
      // A step of a rotation by its first terms, brought back to length one.
      let (sine, cosine) = sines[channel]
      var (s, c) = (sine + shape.turn * cosine, cosine - shape.turn * sine)
      let length = (s * s + c * c).squareRoot()
      (s, c) = (s / length, c / length)
      sines[channel] = (s, c)
      noiseState = noiseState &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Double(Int64(bitPattern: noiseState) >> 11) * 0x1p-52
      let value = shape.rest + shape.swing * s + shape.noise * noise
      values[channel] = (value * 1e6).rounded() / 1e6
    }
  }
}
