import ArgumentParser

struct WriteTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write-table", abstract: "Writes the fixed recording of seven columns, in the format of the name.")

  @Argument var rows: Int
  @Argument var path: String
  @Flag var labelled = false

  func run() throws {
    try WristRecording.write(path, rows: rows, labelled: labelled)
  }
}

struct WriteImu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write-imu", abstract: "Writes sensor_msgs/Imu messages to MCAP, zstd chunks of 1 MiB, all checksums.")

  @Argument var messages: Int
  @Argument var path: String

  func run() throws {
    try ImuMessage.write(path, count: messages)
  }
}
