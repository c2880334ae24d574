// Uses the device modules the way firmware does: memory that is handed over, a plan and its constants from flash,
// frames in through the ring, windows out of it, prediction and learning. It is linked and not run: what it reaches
// is what must not need an allocator.

import Signal
import Tensors
import Training

/// Hands out pieces of one block of memory, first to last.
struct MemoryPieces {
  private var rest: UnsafeMutableRawBufferPointer

  init(_ memory: UnsafeMutableRawBufferPointer) {
    rest = memory
  }

  /// The next piece that starts at a multiple of `alignment`; nil when the memory has run out.
  mutating func take(_ bytes: Int, alignment: Int) -> UnsafeMutableRawBufferPointer? {
    let address = Int(bitPattern: rest.baseAddress)
    let padding = (alignment - address % alignment) % alignment
    guard padding + bytes <= rest.count else { return nil }
    let piece = UnsafeMutableRawBufferPointer(rebasing: rest[padding..<padding + bytes])
    rest = UnsafeMutableRawBufferPointer(rebasing: rest[(padding + bytes)...])
    return piece
  }
}

/// How the program ended; the start-up code would blink it.
enum Ending: Int32 {
  case done = 0
  case memoryTooSmall
  case notARing
  case notAPlan
}

private let channels = 6
private let windowFrames = 128
private let hopFrames = 32

/// The entry: what start-up code would call with its RAM and the plan in flash.
@_cdecl("noHeapMain")
public func noHeapMain(
  _ memory: UnsafeMutableRawPointer, _ memoryBytes: Int, _ plan: UnsafePointer<Int32>, _ planWords: Int,
  _ constants: UnsafeRawPointer, _ constantBytes: Int, _ sensor: UnsafePointer<Float>, _ frames: Int
) -> Int32 {
  var pieces = MemoryPieces(UnsafeMutableRawBufferPointer(start: memory, count: memoryBytes))
  let plan = UnsafeBufferPointer(start: plan, count: planWords)
  let constants = UnsafeRawBufferPointer(start: constants, count: constantBytes)
  guard planWords > Plan.Header.arenaBytes,
    let arena = pieces.take(Int(plan[Plan.Header.arenaBytes]), alignment: 16)
  else { return Ending.memoryTooSmall.rawValue }
  do {
    var engine = try TrainingEngine(
      unsafePlan: plan, unsafeConstants: constants, arena: Arena(unsafeMemory: arena),
      learningRate: LearningRate(rate: RuntimeScale(mantissa: 1 << 30, exponent: -40)), seed: 7)
    return learn(from: UnsafeBufferPointer(start: sensor, count: frames * channels), &pieces, &engine).rawValue
  } catch {
    return Ending.notAPlan.rawValue
  }
}

/// Streams the sensor's frames through quality check, resampler, ring and windows, and learns from each window.
private func learn(
  from sensor: UnsafeBufferPointer<Float>, _ pieces: inout MemoryPieces, _ engine: inout TrainingEngine
) -> Ending {
  let shape = FrameRingShape(channels: channels, capacityFrames: 256, longestWindowFrames: windowFrames)
  guard let ringMemory = pieces.take(shape.bytesNeeded, alignment: FrameRing.alignment),
    let windowMemory = pieces.take(
      SlidingWindow.bytesNeeded(windowFrames: windowFrames, hopFrames: hopFrames), alignment: 8),
    let resamplerMemory = pieces.take(LinearResampler.bytesNeeded(channels: channels), alignment: 4),
    let statisticsMemory = pieces.take(ChannelStatistics.bytesNeeded(channels: channels), alignment: 4)
  else { return .memoryTooSmall }
  guard var ring = try? FrameRing.make(shape: shape, unsafeMemory: ringMemory) else { return .notARing }
  let rate = SampleRate(hertz: 50)
  var producer = ring.takeProducer()
  var reader = ring.takeReader()
  var window = SlidingWindow.make(
    windowFrames: windowFrames, hopFrames: hopFrames, gapLimitNanoseconds: 1_000_000_000, unsafeMemory: windowMemory)
  var resampler = LinearResampler.make(
    channels: channels, rate: rate, gapLimitNanoseconds: 1_000_000_000, unsafeMemory: resamplerMemory)
  var statistics = ChannelStatistics.make(channels: channels, unsafeMemory: statisticsMemory)
  var quality = StreamQuality(gapLimitNanoseconds: 1_000_000_000)
  var labels = LabelTimeline()
  labels.push(LabelTimeline.Event(timeNanoseconds: 0, label: 1))
  labels.endEvents()
  // Frames in the ring that the windows have seen.
  var pending = 0
  for frame in 0..<sensor.count / channels {
    let values = UnsafeBufferPointer(rebasing: sensor[frame * channels..<(frame + 1) * channels])
    let span = Span(_unsafeElements: values)
    var header = FrameHeader(timeNanoseconds: Int64(frame) * 20_000_000)
    if case .label(let label) = labels.label(at: header.timeNanoseconds) { header.label = label }
    guard case .admitted(let segment) = quality.admit(header, values: span) else { continue }
    header.segment = segment
    resampler.push(header, values: span)
    var resampled: InlineArray<6, Float> = .init(repeating: 0)
    while true {
      var output = resampled.mutableSpan
      guard let next = resampler.next(into: &output) else { break }
      statistics.add(resampled.span)
      _ = producer.append(next, values: resampled.span)
    }
    producer.publish()
    takeWindows(from: &reader, &window, statistics, &engine, pending: &pending)
  }
  producer.close()
  window.finish()
  return .done
}

private func takeWindows(
  from reader: inout FrameReader, _ window: inout SlidingWindow, _ statistics: borrowing ChannelStatistics,
  _ engine: inout TrainingEngine, pending: inout Int
) {
  let available = reader.availableFrames()
  let quantizer = InputQuantizer(scale: 0.03, zeroPoint: 4)
  var mean: InlineArray<6, Float> = .init(repeating: 0)
  var inverse: InlineArray<6, Float> = .init(repeating: 1)
  for channel in 0..<channels {
    mean[channel] = statistics.mean(of: channel)
    inverse[channel] = statistics.inverseDeviation(of: channel)
  }
  for offset in pending..<available {
    guard let frame = reader.header(at: offset),
      let placement = window.push(frame.header, streamIndex: frame.streamIndex), offset + 1 >= windowFrames
    else { continue }
    _ = reader.withFrames(at: offset + 1 - windowFrames, count: windowFrames) { values in
      engine.withInput { input in
        quantizer.quantize(values, mean: mean.span, inverseDeviation: inverse.span, into: &input)
      }
    }
    let label = Int(placement.label)
    if engine.predict() != label, label < engine.classCount { _ = engine.step(label: label) }
  }
  // Frames that a window still to come may need stay in the ring.
  pending = min(window.framesToKeep, available)
  reader.advance(by: available - pending)
}
