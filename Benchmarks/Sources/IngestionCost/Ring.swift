import ArgumentParser
import Foundation
import Signal

struct Ring: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sends frames of 32 bytes through a ring from one thread to another, in batches.")

  @Option var frames = 100_000_000
  @Option var batch = 256

  func run() throws {
    print("not yet")
  }
}
