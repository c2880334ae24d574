/// One file of the ingest: its rate, and what was wrong with it.
public struct RecordingMetrics: Codable, Sendable, Hashable {
  public var file: String
  public var subject: String
  public var frames: Int
  /// From the first frame to the last, steps backwards left out.
  public var seconds: Double
  /// Mean rate, gaps left out; 0 where two frames of different times are lacking.
  public var hertz: Double
  /// Of the stretches of a second or more without a gap; the mean where none is so long.
  public var lowestHertz: Double
  public var highestHertz: Double
  public var gaps: Int
  public var filledFrames: Int
  public var droppedFrames: Int
  /// Steps backwards and clock jumps.
  public var timeFaults: Int
  /// Parts that could not be read.
  public var losses: Int

  public init(
    file: String, subject: String, frames: Int, seconds: Double, hertz: Double, lowestHertz: Double,
    highestHertz: Double, gaps: Int = 0, filledFrames: Int = 0, droppedFrames: Int = 0, timeFaults: Int = 0,
    losses: Int = 0
  ) {
    self.file = file
    self.subject = subject
    self.frames = frames
    self.seconds = seconds
    self.hertz = hertz
    self.lowestHertz = lowestHertz
    self.highestHertz = highestHertz
    self.gaps = gaps
    self.filledFrames = filledFrames
    self.droppedFrames = droppedFrames
    self.timeFaults = timeFaults
    self.losses = losses
  }
}

/// Where a recording has its frames, for a picture: frames in equal lengths of time.
public struct RecordingTimeline: Codable, Sendable, Hashable {
  /// Above 0.
  public var secondsPerBin: Double
  public var frames: [Int]
  /// Where gaps begin, in seconds from the first frame; the first of them where there are very many.
  public var gaps: [Double]

  public init(secondsPerBin: Double, frames: [Int], gaps: [Double]) {
    self.secondsPerBin = secondsPerBin
    self.frames = frames
    self.gaps = gaps
  }
}
