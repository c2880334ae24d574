/// What is in a recording, in numbers.
public struct LogSummary: Sendable, Hashable, Codable {
  public var path: String
  public var format: LogFormat

  /// How the file as a whole is compressed.
  public var compression: LogCompression
  public var storedBytes = 0
  public var decodedBytes = 0

  /// What the frames of that compression state; nil where the file is plain, or several files are told together.
  public var compressedFrames: CompressedFrames?

  /// Program and profile that an MCAP file names.
  public var library: String?
  public var profile: String?

  public var topics: [TopicSummary] = []

  /// The topic whose frames the channels and labels below are of.
  public var frameTopic: String?
  public var frames = 0
  public var channels: [ChannelSummary] = []

  /// Frames of each label in the order met; the last entry without a name counts the unlabelled.
  public var labels: [LabelSummary] = []
  public var segments = 0
  public var chunks: ChunkSummary?
  public var checksums: ChecksumSummary?
  public var counters = LogCounters()
  public var losses = LogLosses()

  /// What was left undone or found out, such as a signature that was not verified.
  public var notes: [LogNote] = []

  /// Why the file holds no frames, where it holds none.
  public var frameError: String?

  /// Nanoseconds; nil in an empty recording.
  public var startTime: Int64? { topics.compactMap(\.timing.firstTime).min() }
  public var endTime: Int64? { topics.compactMap(\.timing.lastTime).max() }

  public var compressionRatio: Double? {
    storedBytes > 0 && decodedBytes > 0 ? Double(decodedBytes) / Double(storedBytes) : nil
  }
}

public struct TopicSummary: Sendable, Hashable, Codable {
  /// Empty in formats without topics.
  public var topic: String
  public var schema: String
  public var schemaEncoding: String
  public var messageEncoding: String
  public var timing = TimingSummary()
}

public struct ChannelSummary: Sendable, Hashable, Codable {
  public var channel: Channel

  /// Over the finite values; nil where there is none.
  public var minimum: Double?
  public var maximum: Double?
  public var mean: Double?

  /// Values that are missing or infinite.
  public var nonFinite = 0

  /// Values equal to the lowest and to the highest: many of them at one end are a sign of clipping.
  public var atMinimum = 0
  public var atMaximum = 0

  /// Values at the ends of the channel's range, or beyond; nil where it states none.
  public var saturated: Int?

  /// The most equal values in a row: many of them are a sign of a sensor that is stuck.
  public var longestRun = 0
}

public struct LabelSummary: Sendable, Hashable, Codable {
  /// nil: no label.
  public var name: String?
  public var frames: Int
}

public struct ChunkSummary: Sendable, Hashable, Codable {
  public var count = 0
  public var countsByCompression: [String: Int] = [:]
  public var storedBytes = 0
  public var uncompressedBytes = 0
  public var largestUncompressedBytes = 0

  /// Chunks that begin before an earlier one ends, which makes a reader in order of time keep several open.
  public var overlapping = 0
}

public struct ChecksumSummary: Sendable, Hashable, Codable {
  public var chunksVerified = 0
  public var chunksWithout = 0
  public var attachmentsVerified = 0

  /// nil: the file states none.
  public var dataSectionMatches: Bool?
  public var summaryMatches: Bool?
}
