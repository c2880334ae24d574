/// Room for frames at a batch's end, filled in place.
struct FrameRoom {
  fileprivate let times: UnsafeMutablePointer<Int64>
  fileprivate let values: UnsafeMutablePointer<Double>
  fileprivate let labels: UnsafeMutablePointer<Int32>
  fileprivate let segments: UnsafeMutablePointer<Int32>
  fileprivate let capacity: Int
  fileprivate let channelCount: Int
  fileprivate(set) var count = 0

  /// Cells without a value in the frames so far.
  var missingValues = 0

  var hasRoom: Bool {
    @inline(__always) get { count < capacity }
  }

  /// Where the values of the next frame go, one for each channel; they count once it is finished.
  var nextValues: UnsafeMutablePointer<Double> {
    @inline(__always) get { values + count &* channelCount }
  }

  /// - Precondition: `hasRoom`, and the frame's values are set.
  @inline(__always)
  mutating func finishFrame(time: Int64, label: Int32, segment: Int32) {
    assert(hasRoom)
    times[count] = time
    labels[count] = label
    segments[count] = segment
    count &+= 1
  }
}

extension FrameBatch {
  private static let roomFrames = 4096

  /// Appends frames until there are `maximum` or no more come.
  ///
  /// - Parameter fill: Fills the room, and says whether more frames may come.
  /// - Returns: the cells without a value.
  @inline(__always)
  @discardableResult
  mutating func appendFrames(
    maximum: Int, _ fill: (inout FrameRoom) throws(LogReadError) -> Bool
  ) throws(LogReadError) -> Int {
    var missingValues = 0
    while count < maximum {
      let old = count
      let room = min(Self.roomFrames, maximum - old)
      extend(by: room)
      var filled = 0
      defer { shrink(to: old + filled) }
      let result = withRoom(from: old, room) { (frames: inout FrameRoom) in
        let result = Result { () throws(LogReadError) in try fill(&frames) }
        filled = frames.count
        missingValues += frames.missingValues
        return result
      }
      if try !result.get() { break }
    }
    return missingValues
  }

  private mutating func extend(by room: Int) {
    times.append(contentsOf: repeatElement(0, count: room))
    values.append(contentsOf: repeatElement(0, count: room * channelCount))
    labels.append(contentsOf: repeatElement(0, count: room))
    segments.append(contentsOf: repeatElement(0, count: room))
  }

  private mutating func shrink(to frames: Int) {
    times.removeLast(times.count - frames)
    values.removeLast(values.count - frames * channelCount)
    labels.removeLast(labels.count - frames)
    segments.removeLast(segments.count - frames)
  }

  @inline(__always)
  private mutating func withRoom<R>(from old: Int, _ room: Int, _ body: (inout FrameRoom) -> R) -> R {
    let width = channelCount
    return times.withUnsafeMutableBufferPointer { times in
      values.withUnsafeMutableBufferPointer { values in
        labels.withUnsafeMutableBufferPointer { labels in
          segments.withUnsafeMutableBufferPointer { segments in
            // A batch without channels has no memory for values.
            let firstValue = values.baseAddress.map { $0 + old * width }
            var frames = FrameRoom(
              times: times.baseAddress! + old, values: firstValue ?? UnsafeMutablePointer(bitPattern: 8)!,
              labels: labels.baseAddress! + old, segments: segments.baseAddress! + old, capacity: room,
              channelCount: width)
            return body(&frames)
          }
        }
      }
    }
  }
}
