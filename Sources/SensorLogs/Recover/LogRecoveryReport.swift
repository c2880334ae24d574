/// How a damaged recording is to be recovered.
public struct LogRecoveryOptions: Sendable {
  public var read = LogReadOptions()
  public var write = LogWriteOptions()

  public init() {}
}

/// What a recovery kept and what it lost.
public struct LogRecoveryReport: Sendable, Hashable, Codable {
  public var input: String
  public var output: String
  public var format: LogFormat
  public var outputFormat: LogFormat

  /// What was kept: messages of MCAP, else rows or frames.
  public var kept = 0

  /// What is known to be lost of the same kind; where a file is cut, there may be more.
  public var lost = 0
  public var bytesRead = 0
  public var bytesWritten = 0

  /// What could not be read, each with its byte in the file as stored.
  public var losses = LogLosses()

  /// What else a user should know.
  public var notes: [String] = []

  /// The details for MCAP.
  public var mcap: MCAPRecoveryReport?

  /// Whether what was written has been read again and holds what was kept.
  public var isVerified = false

  /// Whether everything that the recording ever held has been kept.
  public var isComplete: Bool { losses.isEmpty && lost == 0 && (mcap?.isComplete ?? true) }

  init(input: String, output: String, format: LogFormat, outputFormat: LogFormat) {
    self.input = input
    self.output = output
    self.format = format
    self.outputFormat = outputFormat
  }
}
