/// How an MCAP file is to be written.
public struct MCAPWriteOptions: Sendable, Hashable {
  /// Parts of the file that help readers and are not the recording itself.
  public struct Parts: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Behind each chunk, where its messages lie; only where there are chunks.
    public static let messageIndices = Parts(rawValue: 1 << 0)
    /// In the summary, where the chunks lie.
    public static let chunkIndices = Parts(rawValue: 1 << 1)
    public static let attachmentIndices = Parts(rawValue: 1 << 2)
    public static let metadataIndices = Parts(rawValue: 1 << 3)
    public static let statistics = Parts(rawValue: 1 << 4)
    /// Behind the summary, where each of its groups lies.
    public static let summaryOffsets = Parts(rawValue: 1 << 5)
    /// Schemas again in the summary.
    public static let repeatedSchemas = Parts(rawValue: 1 << 6)
    /// Channels again in the summary.
    public static let repeatedChannels = Parts(rawValue: 1 << 7)
    /// Of chunks, attachments, the data section and the summary.
    public static let checksums = Parts(rawValue: 1 << 8)

    public static let all = Parts(rawValue: (1 << 9) - 1)
  }

  public var profile = ""
  public var library = "martlet"

  /// Uncompressed bytes after which a chunk ends, 1 to 2^30; nil: messages stand outside chunks.
  public var chunkBytes: Int? = 1 << 20
  public var compression = MCAPCompression.zstd

  /// As libzstd counts them.
  public var compressionLevel = 3
  public var parts = Parts.all

  /// Whether the compressed data of chunks carry a checksum inside, besides the chunk's own, which every reader of MCAP
  /// knows. It takes readers about 350 instructions for each message of 350 bytes.
  public var checksumsInCompression = false

  public init() {}
}
