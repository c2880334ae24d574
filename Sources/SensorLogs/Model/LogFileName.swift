/// What the name of a file says of its format and compression: `walk.csv.zst` is a CSV table in zstd.
public struct LogFileName: Sendable, Hashable {
  public var format: LogFormat?
  public var compression = LogCompression.none

  /// The name without its folder and without the endings that tell format and compression.
  public var stem: String

  private static let compressions: [(String, LogCompression)] = [
    (".zst", .zstd), (".zstd", .zstd), (".gz", .gzip), (".lz4", .lz4),
  ]
  private static let formats: [(String, LogFormat)] = [
    (".csv", .csv), (".tsv", .tsv), (".jsonl", .jsonLines), (".ndjson", .jsonLines), (".mcap", .mcap),
    (".sds", .sds), (".bin", .raw), (".json", .edgeImpulse), (".cbor", .edgeImpulse), (".hea", .wfdb), (".edf", .edf),
    (".bdf", .bdf),
  ]

  public init(_ path: String) {
    stem = path.split(separator: "/").last.map(String.init) ?? path
    if let (ending, found) = Self.compressions.first(where: { stem.lowercased().hasSuffix($0.0) }) {
      compression = found
      stem.removeLast(ending.count)
    }
    if let (ending, found) = Self.formats.first(where: { stem.lowercased().hasSuffix($0.0) }) {
      format = found
      stem.removeLast(ending.count)
    }
  }
}
