import ArgumentParser
import SensorLogs

struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Decompresses a zstd file with libzstd alone.")

  @Argument var path: String

  func run() throws {
    print("\(try ZstdAlone.decode(path)) bytes")
  }
}

struct Frames: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Reads a recording of any format to frames.")

  @Argument var path: String

  func run() throws {
    try Frames.read(path, LogReadOptions())
  }

  static func read(_ path: String, _ options: LogReadOptions) throws {
    let reader = try SensorLog.open(path, options: options)
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: 4096)
    // So that nothing of the work can be left out; one value a batch costs nothing.
    var (frames, sum) = (0, 0.0)
    while try reader.read(into: &batch, maximumFrames: 4096) {
      frames += batch.count
      sum += batch.values[batch.values.count - 1]
    }
    guard reader.losses.isEmpty else { throw UsageError("\(path): \(reader.losses.total) losses") }
    print("\(frames) frames of \(reader.schema.channels.count) channels, \(sum)")
  }
}

struct Imu: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads ten doubles of each sensor_msgs/Imu message of an MCAP file.")

  @Argument var path: String

  func run() throws {
    var options = LogReadOptions()
    options.topic = "/imu"
    options.channels = ["orientation", "angular_velocity", "linear_acceleration"]
    try Frames.read(path, options)
  }
}
