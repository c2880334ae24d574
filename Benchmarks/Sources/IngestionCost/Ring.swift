import ArgumentParser
import Foundation
import Signal
import Synchronization

/// One producer and one reader on threads of their own; a frame has eight values, so 32 bytes and its header.
struct Ring: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sends frames of 32 bytes through a ring from one thread to another, and prints how many a second.")

  @Option(help: "Frames of a round.") var frames = 50_000_000
  @Option(help: "Frames that are published at once.") var batch = 256
  @Option(help: "Rounds, of which the fastest and the middle one are printed.") var rounds = 5

  func run() throws {
    guard frames > 0, batch > 0, batch <= 4096, rounds > 0 else {
      throw UsageError("frames, batch and rounds are at least 1, and a batch at most 4096")
    }
    var rates: [Double] = []
    for _ in 0..<rounds { rates.append(RingRound(frames: frames, batch: batch).framesPerSecond()) }
    rates.sort()
    print("\(Int(rates[rates.count - 1])) best, \(Int(rates[rates.count / 2])) median frames/s")
  }
}

struct RingRound {
  let frames: Int
  let batch: Int
  private static let channels = 8
  private static let capacityFrames = 8192

  func framesPerSecond() -> Double {
    let shape = FrameRingShape(
      channels: Self.channels, capacityFrames: Self.capacityFrames, longestWindowFrames: batch, policy: .block)
    var ring = FrameRing(shape: shape)
    let handover = Handover(ring.takeProducer())
    var reader = ring.takeReader()
    let (frames, batch) = (frames, batch)
    let clock = ContinuousClock()
    let start = clock.now
    let thread = Thread {
      if let producer = handover.producer.withLock({ $0.take() }) {
        Self.produce(producer, frames: frames, batch: batch)
      }
    }
    thread.start()
    let read = Self.read(&reader, batch: batch)
    let elapsed = clock.now - start
    precondition(read.frames == frames, "the ring lost frames")
    return Double(frames) / (elapsed / .seconds(1))
  }

  /// Brings the producer, which cannot be copied, to its thread.
  private final class Handover: Sendable {
    let producer: Mutex<FrameProducer?>

    init(_ producer: consuming FrameProducer) {
      self.producer = Mutex(producer)
    }
  }

  private static func produce(_ taken: consuming FrameProducer, frames: Int, batch: Int) {
    var producer = taken
    let headers = (0..<batch).map { FrameHeader(timeNanoseconds: Int64($0), label: 0) }
    let values = (0..<batch * channels).map { Float($0) }
    var left = frames
    while left > 0 {
      let count = min(batch, left)
      var done = 0
      while true {
        done += producer.append(
          headers.span.extracting(done..<count), values: values.span.extracting(done * channels..<count * channels))
        producer.publish()
        if done == count { break }
        sched_yield()
      }
      left -= count
    }
    producer.close()
  }

  /// Reads every value, as bits: a sum of floating-point numbers would wait for each addition.
  private static func read(_ reader: inout FrameReader, batch: Int) -> (frames: Int, sum: UInt32) {
    var result: (frames: Int, sum: UInt32) = (0, 0)
    while !reader.isFinished() {
      let available = min(reader.availableFrames(), batch)
      if available == 0 {
        sched_yield()
        continue
      }
      let sum = reader.withFrames(at: 0, count: available) { values in
        var sum: UInt32 = 0
        for index in values.indices { sum &+= values[index].bitPattern }
        return sum
      }
      result.sum &+= sum ?? 0
      result.frames += available
      reader.advance(by: available)
    }
    return result
  }
}
