import SensorLogs

/// Messages of the type `sensor_msgs/msg/Imu`, 324 bytes each, with noisy numbers.
enum ImuMessage {
  static let schema = """
    std_msgs/Header header
    geometry_msgs/Quaternion orientation
    float64[9] orientation_covariance
    geometry_msgs/Vector3 angular_velocity
    float64[9] angular_velocity_covariance
    geometry_msgs/Vector3 linear_acceleration
    float64[9] linear_acceleration_covariance
    ================================================================================
    MSG: std_msgs/Header
    builtin_interfaces/Time stamp
    string frame_id
    ================================================================================
    MSG: builtin_interfaces/Time
    int32 sec
    uint32 nanosec
    ================================================================================
    MSG: geometry_msgs/Quaternion
    float64 x
    float64 y
    float64 z
    float64 w
    ================================================================================
    MSG: geometry_msgs/Vector3
    float64 x
    float64 y
    float64 z
    """

  /// Writes so many messages on `/imu`, 100 a second, to chunks of 1 MiB with all indices.
  static func write(_ path: String, count: Int, options: MCAPWriteOptions) throws {
    let writer = try MCAPWriter(path, options: options)
    try writer.add(MCAPSchema(id: 1, name: "sensor_msgs/msg/Imu", encoding: "ros2msg", data: Array(schema.utf8)))
    try writer.add(MCAPChannel(id: 1, schemaID: 1, topic: "/imu", messageEncoding: "cdr"))
    var generator = Generator()
    for index in 0..<count {
      let time = 1_700_000_000_000_000_000 + UInt64(index) * 10_000_000
      let message = MCAPMessage(
        channelID: 1, sequence: UInt32(truncatingIfNeeded: index), logTime: time, publishTime: time)
      try writer.write(message, payload: generator.payload(at: time))
    }
    try writer.finish()
  }

  struct Generator {
    private var state: UInt64 = 1
    private var bytes: [UInt8] = []

    private mutating func noise() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 50) / 1_000
    }

    private mutating func add(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func add(_ values: [Double]) {
      for value in values { add(value.bitPattern) }
    }

    mutating func payload(at time: UInt64) -> [UInt8] {
      bytes = [0, 1, 0, 0]
      add(Int32(time / 1_000_000_000))
      add(UInt32(time % 1_000_000_000))
      add(UInt32(9))
      bytes += Array("imu_link".utf8) + [0]
      while (bytes.count - 4) % 8 != 0 { bytes.append(0) }
      add([noise(), noise(), noise(), noise()])
      add([-1, 0, 0, 0, 0, 0, 0, 0, 0])
      add([noise(), noise(), noise()])
      add([0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01])
      add([noise(), noise(), noise() + 9.81])
      add([0.02, 0, 0, 0, 0.02, 0, 0, 0, 0.02])
      return bytes
    }
  }
}
