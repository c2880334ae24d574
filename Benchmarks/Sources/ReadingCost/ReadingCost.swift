import SensorLogs

/// Writes or reads `sensor_msgs/Imu` messages, to be counted by callgrind: the difference between a large and a small
/// file is what a message costs.
@main
enum ReadingCost {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("write", 3):
      guard let count = Int(arguments.last ?? "") else { fallthrough }
      try write(arguments[2], count: count)
    case ("read", 2): try read(arguments[2])
    default: print("usage: ReadingCost write FILE MESSAGES | read FILE")
    }
  }

  /// zstd chunks of 1 MiB with all checksums.
  private static func write(_ path: String, count: Int) throws {
    let writer = try MCAPWriter(path)
    try writer.add(
      MCAPSchema(id: 1, name: "sensor_msgs/msg/Imu", encoding: "ros2msg", data: Array(ImuMessage.schema.utf8)))
    try writer.add(MCAPChannel(id: 1, schemaID: 1, topic: "/imu", messageEncoding: "cdr"))
    var generator = ImuMessage.Generator()
    for index in 0..<count {
      let time = 1_700_000_000_000_000_000 + UInt64(index) * 10_000_000
      let message = MCAPMessage(
        channelID: 1, sequence: UInt32(truncatingIfNeeded: index), logTime: time, publishTime: time)
      try writer.write(message, payload: generator.payload(at: time))
    }
    try writer.finish()
    print("\(count) messages, \(writer.bytesWritten) bytes")
  }

  private static func read(_ path: String) throws {
    var options = LogReadOptions()
    options.topic = "/imu"
    options.channels = ["orientation", "angular_velocity", "linear_acceleration"]
    let reader = try SensorLog.open(path, options: options)
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: 4096)
    var (frames, sum) = (0, 0.0)
    while try reader.read(into: &batch, maximumFrames: 4096) {
      frames += batch.count
      sum += batch.values[batch.values.count - 1]
    }
    print("\(frames) frames of \(reader.schema.channels.count), \(reader.losses.total) losses, \(sum)")
  }
}
