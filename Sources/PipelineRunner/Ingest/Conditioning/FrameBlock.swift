import Signal

/// Some frames on their way from the decoder to the ring.
struct FrameBlock: Sendable {
  /// What is known of a frame until its quality has been judged.
  struct Mark: Sendable, Hashable {
    /// A frame between this one and the one before was dropped.
    var followsDrop = false
    /// No window may hold a frame of this segment from this time to the frame's own; nil where nothing is wrong.
    var suspectSince: Int64?
  }

  var channels: Int
  var headers: [FrameHeader] = []
  /// Frame-major.
  var values: [Float] = []
  /// One for each frame, or none where nothing is wrong with any.
  var marks: [Mark] = []

  init(channels: Int) {
    self.channels = channels
  }

  var count: Int { headers.count }

  mutating func removeAll() {
    headers.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    marks.removeAll(keepingCapacity: true)
  }

  func mark(of index: Int) -> Mark { marks.isEmpty ? Mark() : marks[index] }

  mutating func append(_ header: FrameHeader, _ frame: [Float]) {
    headers.append(header)
    values.append(contentsOf: frame)
  }

  mutating func append(_ header: FrameHeader, _ frame: [Float], _ mark: Mark) {
    append(header, frame)
    marks.append(mark)
  }
}

/// One step of the way: frames in, frames out, and the last ones when a recording ends.
protocol PathStep: AnyObject {
  /// How many channels its frames have when they come out.
  var channels: Int { get }
  /// Appends to `output` what `input` leads to.
  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError)
  /// Appends what waited for frames that will not come.
  func finish(into output: inout FrameBlock) throws(RunError)
  /// Adds what it counted.
  func report(into findings: inout IngestFindings)
}

extension PathStep {
  func finish(into output: inout FrameBlock) throws(RunError) {}
  func report(into findings: inout IngestFindings) {}
}

/// Calls back for each frame, and between two segments.
extension FrameBlock {
  func forEachFrame(_ body: (Int, FrameHeader, Span<Float>) throws(RunError) -> Void) throws(RunError) {
    let all = values.span
    for index in 0..<count {
      try body(index, headers[index], all.extracting(index * channels..<(index + 1) * channels))
    }
  }
}
