import Foundation
import Testing

@testable import SensorLogs

/// Fixtures that other people's programs wrote; see the README beside them.
enum FormatFixtures {
  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/Formats").path

  static func file(_ name: String) -> String { "\(folder)/\(name)" }

  static func expected<Value: Decodable>(_ name: String, as _: Value.Type) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: file(name))))
  }
}

/// What `Scripts/peers/wfdb_files.py` prints of a record.
struct ExpectedWFDB: Decodable {
  struct Annotation: Decodable {
    var sample: Int
    var symbol: String
    var text: String
    var subtype: Int
    var channel: Int
    var number: Int
  }
  var rate: Double
  var channels: [String]
  var units: [String]
  var values: [[Double?]]
  var annotations: [Annotation]
}

/// What `Scripts/peers/edf_files.py` prints of a file.
struct ExpectedEDF: Decodable {
  struct Annotation: Decodable {
    var onset: Double
    var duration: Double
    var text: String
  }
  var start: String
  var channels: [String]
  var units: [String]
  var rates: [Double]
  var values: [[Double]]
  var annotations: [Annotation]
}

/// What `Scripts/peers/edge_impulse.py` prints of a file.
struct ExpectedEdgeImpulse: Decodable {
  struct Sensor: Decodable {
    var name: String
    var units: String
  }
  struct Payload: Decodable {
    var intervalMilliseconds: Double
    var sensors: [Sensor]
    var values: [[Double]]

    private enum CodingKeys: String, CodingKey {
      case intervalMilliseconds = "interval_ms"
      case sensors
      case values
    }
  }
  var payload: Payload
  var signature: String
}

/// Frames of decimals, with two labels and an unlabelled stretch, at a steady rate.
func steadyBatch(frames: Int, rateHz: Double, start: Int64 = 0, channels: Int = 2) -> (FrameBatch, [String]) {
  var batch = FrameBatch(channelCount: channels)
  let clock = SampleClock(rateHz: rateHz, start: start)
  for index in 0..<frames {
    let values = (0..<channels).map { (Double((index * 37 + $0 * 11) % 400) - 200) / 100 }
    batch.append(time: clock.time(index), values: values, label: index < 5 ? -1 : Int32(index / 9 % 2))
  }
  return (batch, ["walk", "run up"])
}

let steadyChannels = [Channel(name: "acc x", unit: "g"), Channel(name: "y")]

func write(
  _ batch: FrameBatch, _ names: [String], to path: String, schema: LogSchema,
  _ adjust: (inout LogWriteOptions) -> Void = { _ in }
) throws {
  var options = LogWriteOptions()
  adjust(&options)
  let writer = try SensorLog.create(path, schema: schema, options: options)
  try writer.write(batch, labelNames: names)
  try writer.finish()
}

/// What `write` would have been given, as it is read again.
func expect(_ recording: Recording, equals batch: FrameBatch, _ names: [String], isLabelled: Bool = true) {
  #expect(recording.times == batch.times)
  #expect(recording.doubles == batch.values)
  if isLabelled { #expect(recording.labels == batch.labels.map { $0 < 0 ? nil : names[Int($0)] }) }
  #expect(recording.losses.isEmpty, "\(recording.losses.first)")
}

/// Cuts a file at every byte and changes every byte of it, and reads what is left.
///
/// A cut keeps the frames before it and is reported, or is an error that says so. No change crashes or hangs.
///
/// - Parameters:
///   - canEnd: Whether a recording may end behind so many bytes without anyone being able to tell.
///   - open: Reads the damaged bytes.
func damageEverywhere(
  _ stored: [UInt8], whole: Recording, canEnd: (Int) -> Bool = { _ in false }, step: Int = 1,
  open: ([UInt8]) throws -> Recording
) throws {
  var most = 0
  for count in stride(from: 0, to: stored.count, by: step) {
    do {
      let cut = try open(Array(stored.prefix(count)))
      if !cut.isBeginning(of: whole) { Issue.record("cut at \(count): frames differ") }
      if cut.losses.isEmpty, !canEnd(count) { Issue.record("cut at \(count): nothing is reported") }
      if cut.frameCount < most { Issue.record("cut at \(count): fewer frames than of a shorter file") }
      most = cut.frameCount
    } catch is LogReadError {}
  }
  for index in stride(from: 0, to: stored.count, by: step) {
    for change in [UInt8(1) << UInt8(index % 8), 0xFF] {
      var damaged = stored
      damaged[index] ^= change
      _ = try? open(damaged)
    }
  }
}
