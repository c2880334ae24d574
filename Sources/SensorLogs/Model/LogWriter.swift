/// Writes frames to a file that appears when it is complete.
public protocol LogWriter: AnyObject {
  /// Bytes written so far, as stored.
  var bytesWritten: Int { get }

  /// Appends frames.
  ///
  /// - Parameter labelNames: What the labels of the batch index.
  /// - Precondition: The batch has as many channels as the writer's schema.
  func write(_ batch: FrameBatch, labelNames: [String]) throws(LogReadError)

  /// Completes the file and gives it its name. Without it nothing is left behind.
  func finish() throws(LogReadError)
}

/// How messages of an MCAP file hold their frames.
public enum MessageEncoding: String, Sendable, Hashable, Codable {
  case cdr
  case json
}

public struct LogWriteOptions: Sendable, Hashable {
  /// nil: what the file's name says. Standard output has no name, so it is needed there.
  public var format: LogFormat?

  /// How a text format is compressed; nil: what the file's name says, else not at all.
  public var compression: LogCompression?

  public var topic = "/imu"
  public var labelTopic = "/label"
  public var encoding = MessageEncoding.cdr

  /// As libzstd counts them; gzip takes the nearest of its nine, LZ4 has one.
  public var compressionLevel = 3

  /// Uncompressed bytes of an MCAP chunk.
  public var chunkBytes = 1 << 20

  /// Facts about the recording, stored in MCAP as a metadata record `dataset`.
  public var metadata: [String: String] = [:]

  /// nil: 64-bit times and values.
  public var rawLayout: RawLayout?

  /// Ticks a second of an SDS recording's time.
  public var sdsTickHz = 1_000_000

  /// The key that Edge Impulse recordings are signed with; nil: not signed.
  public var signingKey: String?

  /// The bits of a WFDB sample.
  public var wfdbFormat = WFDBSampleFormat.bits16

  public init() {}
}
