/// The frames of a recording in order of time, where they are out of it by no more than a horizon.
///
/// A frame waits until one comes that is later by the horizon. One that comes later still than that goes out at once,
/// behind frames that are later than it, and is counted.
struct ReorderedFrames {
  let reader: any LogReader
  private let horizon: Int64
  private var heap = MinimumHeap<Key>()
  /// Values of waiting frames; a freed place is used again.
  private var values: [Double] = []
  private var marks: [(label: Int32, segment: Int32)] = []
  private var free: [Int] = []
  private var batch = FrameBatch()
  private var cursor = 0
  private var sequence = 0
  private var latest = Int64.min
  private var hasEnded = false
  private let width: Int

  private(set) var lateFrames = 0
  private var lastGiven = Int64.min

  /// More frames than these do not wait, whatever the horizon.
  static let maximumWaiting = 1 << 16

  private struct Key: Comparable {
    var time: Int64
    var sequence: Int
    var place: Int
    static func < (a: Key, b: Key) -> Bool { (a.time, a.sequence) < (b.time, b.sequence) }
  }

  init(_ reader: any LogReader, horizon: Int64) throws(LogReadError) {
    self.reader = reader
    self.horizon = horizon
    width = reader.schema.channels.count
    try fill()
  }

  /// The time of the next frame; nil behind the last.
  var time: Int64? { heap.minimum?.time }

  /// - Precondition: `time` is not nil, here and below.
  var label: Int32 { marks[heap.minimum!.place].label }
  var segment: Int32 { marks[heap.minimum!.place].segment }
  func value(_ slot: Int) -> Double { values[heap.minimum!.place * width + slot] }
  func append(values bytes: inout [Double]) {
    let start = heap.minimum!.place * width
    bytes.append(contentsOf: values[start..<(start + width)])
  }

  mutating func advance() throws(LogReadError) {
    guard let first = heap.removeMinimum() else { return }
    if first.time < lastGiven { lateFrames += 1 }
    lastGiven = max(lastGiven, first.time)
    free.append(first.place)
    try fill()
  }

  private mutating func fill() throws(LogReadError) {
    while !hasEnded {
      if let first = heap.minimum,
        saturatedDifference(latest, first.time) > horizon || heapCount >= Self.maximumWaiting
      {
        return
      }
      if cursor == batch.count {
        cursor = 0
        guard try reader.read(into: &batch, maximumFrames: 1024) else {
          hasEnded = true
          return
        }
      }
      add(cursor)
      cursor += 1
    }
  }

  private var heapCount: Int { marks.count - free.count }

  private mutating func add(_ index: Int) {
    let place = free.popLast() ?? marks.count
    if place == marks.count {
      marks.append((0, 0))
      values.append(contentsOf: repeatElement(0, count: width))
    }
    marks[place] = (batch.labels[index], batch.segments[index])
    for slot in 0..<width { values[place * width + slot] = batch.values[index * width + slot] }
    heap.insert(Key(time: batch.times[index], sequence: sequence, place: place))
    sequence += 1
    latest = max(latest, batch.times[index])
  }
}
