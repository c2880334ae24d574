/// How the bytes of a file as a whole are compressed.
public enum LogCompression: String, Sendable, Hashable, Codable, CaseIterable {
  case none
  case zstd
  case gzip
  case lz4
}

extension LogCompression {
  /// The ending that a file's name has behind that of its format.
  public var fileSuffix: String {
    switch self {
    case .none: ""
    case .zstd: ".zst"
    case .gzip: ".gz"
    case .lz4: ".lz4"
    }
  }
}
