/// What a reader has met so far.
public struct LogCounters: Sendable, Hashable, Codable {
  /// Bytes taken from the file as stored.
  public var bytesRead = 0

  /// Bytes after decompression, chunks of an MCAP file included.
  public var bytesDecoded = 0

  public var frames = 0
  public var lostRows = 0
  public var lostMessages = 0
  public var lostChunks = 0

  /// Cells that were empty or said that there is no value.
  public var missingValues = 0

  /// Values of fields that the objects before did not have, and that are no part of a frame.
  public var unknownFields = 0

  /// Slots of a recording that it marks as without a sample.
  public var emptySlots = 0

  public init() {}
}

public enum LogFormat: String, Sendable, Hashable, Codable {
  case csv
  case tsv
  /// JSON Lines: an object a line.
  case jsonLines = "jsonl"
  case mcap
  /// Synchronous data streams of the Arm SDS framework.
  case sds
  /// Frames of equal length without any description of their own; see ``RawLayout``.
  case raw
  /// The data acquisition format of Edge Impulse, as JSON or CBOR.
  case edgeImpulse
  /// A record of the WFDB library: header, signals, annotations.
  case wfdb
  /// European Data Format, EDF+ included.
  case edf
  /// The 24-bit sister of EDF by BioSemi.
  case bdf
}

/// A recording being read from its beginning to its end, in memory that does not grow with its length.
///
/// A reader belongs to one thread at a time.
public protocol LogReader: AnyObject {
  var path: String { get }
  var format: LogFormat { get }

  /// How the file as a whole is compressed.
  var compression: LogCompression { get }

  /// Known once the reader is open.
  var schema: LogSchema { get }

  /// The raw text of the labels met so far, in the order met; a frame's label is an index into it.
  var labelNames: [String] { get }

  var counters: LogCounters { get }
  var losses: LogLosses { get }

  /// What was left undone or found out about a sound recording.
  var notes: [LogNote] { get }

  /// The annotations of the recording, those that label no frame included, where its format has them.
  var events: [LogEvent] { get }

  /// Bytes of the file as stored, where known.
  var totalBytes: Int? { get }

  /// Replaces the batch by the next frames, at most `maximumFrames`.
  ///
  /// Bad rows and messages are left out and counted; a file that ends too early gives all that was complete.
  ///
  /// - Returns: false when the recording has ended and the batch is empty.
  /// - Throws: when the file itself can no longer be read.
  func read(into batch: inout FrameBatch, maximumFrames: Int) throws(LogReadError) -> Bool
}

extension LogReader {
  /// Whether the file as a whole is compressed.
  public var isCompressed: Bool { compression != .none }
  public var notes: [LogNote] { [] }
  public var events: [LogEvent] { [] }
}
