import ArgumentParser
import SensorLogs

struct WriteTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write-table", abstract: "Writes the fixed recording of seven columns, in the format of the name.")

  @Argument var rows: Int
  @Argument var path: String

  func run() throws {
    try WristRecording.write(path, rows: rows)
  }
}

struct WriteImu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write-imu", abstract: "Writes sensor_msgs/Imu messages to MCAP, chunks of 1 MiB with checksums.")

  @Argument var messages: Int
  @Argument var path: String
  @Option(help: "none, lz4 or zstd") var compression = "zstd"
  @Flag(help: "Each chunk has a checksum inside its compression too.") var checksumsInCompression = false

  func run() throws {
    var options = MCAPWriteOptions()
    guard let compression = MCAPCompression(rawValue: compression == "none" ? "" : compression) else {
      throw UsageError("the compression is none, lz4 or zstd")
    }
    options.compression = compression
    options.checksumsInCompression = checksumsInCompression
    try ImuMessage.write(path, count: messages, options: options)
  }
}
