import ArgumentParser
import Foundation

/// What it costs to bring recordings to frames and windows. `Scripts/ingestion-cost` counts each part by callgrind.
@main
struct IngestionCost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "IngestionCost", abstract: "Writes fixed recordings, and reads them so that it can be counted.",
    subcommands: [
      WriteTable.self, WriteImu.self, Decode.self, Frames.self, Imu.self, Windows.self, Ring.self,
    ])
}

struct UsageError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
