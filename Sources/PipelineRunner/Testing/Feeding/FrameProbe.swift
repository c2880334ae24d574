import PipelineModel
import SensorLogs
import Signal
import Synchronization

/// Keeps the frames that pass some places of the way from the decoder to the ring.
final class FrameProbe: Sendable {
  /// Values kept at a place: 64 MiB in single precision.
  static let valueLimit = 1 << 24

  let places: Set<FramePlace>
  private let frames = Mutex<[FramePlace: ProbedFrames]>([:])

  init(_ places: Set<FramePlace>) {
    self.places = places
  }

  /// What has passed a place so far.
  func frames(at place: FramePlace) -> ProbedFrames { frames.withLock { $0[place] } ?? ProbedFrames() }

  fileprivate func keep(_ place: FramePlace, _ body: (inout ProbedFrames) -> Void) {
    frames.withLock { body(&$0[place, default: ProbedFrames()]) }
  }
}

/// Frames of all recordings, in the order in which they passed.
struct ProbedFrames: Sendable {
  var headers: [FrameHeader] = []
  /// Frame-major.
  var values: [Float] = []
  /// The recording of each frame.
  var recordings: [Int] = []
  /// Frames were left out because there were too many.
  var isFull = false
}

/// What one recording shows a probe.
struct FrameTap: Sendable {
  let probe: FrameProbe
  let recording: Int

  func take(_ block: FrameBlock, at place: FramePlace) {
    add(block.headers, block.values, at: place)
  }

  /// Frames as they were read.
  ///
  /// - Parameter headers: Of the same frames, labels being classes.
  func take(_ batch: FrameBatch, headers: [FrameHeader]) {
    guard probe.places.contains(.read) else { return }
    add(headers, batch.values.map { Float($0) }, at: .read)
  }

  private func add(_ headers: [FrameHeader], _ values: [Float], at place: FramePlace) {
    probe.keep(place) { kept in
      guard !kept.isFull, kept.values.count + values.count <= FrameProbe.valueLimit else {
        kept.isFull = true
        return
      }
      kept.headers += headers
      kept.values += values
      kept.recordings += repeatElement(recording, count: headers.count)
    }
  }
}
