extension SDSReader {
  /// Opens a data file with the metadata file of its stream.
  static func open(
    _ stream: ByteStream, options: LogReadOptions
  ) throws(LogReadError) -> SDSReader {
    let companions = CompanionFiles(beside: stream.path)
    let name = SDSFileName(companions.mainName)
    let (bytes, path) = try metadataBytes(companions, name, options: options, dataPath: stream.path)
    let metadata = try SDSMetadata(yaml: bytes, path: path, maximumChannels: max(options.maximumChannels, 1))
    return try SDSReader(stream, metadata: metadata, label: name?.frameLabel, options: options)
  }

  /// The text that describes a data file, and where it stands.
  static func description(of dataPath: String, options: LogReadOptions) throws(LogReadError) -> (
    bytes: [UInt8], path: String
  ) {
    let companions = CompanionFiles(beside: dataPath)
    return try metadataBytes(companions, SDSFileName(companions.mainName), options: options, dataPath: dataPath)
  }

  private static func metadataBytes(
    _ companions: CompanionFiles, _ name: SDSFileName?, options: LogReadOptions, dataPath: String
  ) throws(LogReadError) -> (bytes: [UInt8], path: String) {
    if let path = options.sdsMetadataPath { return (try text(of: FileInput(path: path)), path) }
    let stream = name?.stream ?? companions.mainName
    let names = [SDSDescription.name(ofStream: stream), "\(stream).sds.yaml", "\(stream).yml"]
    for candidate in names {
      guard let input = try companions.openIfPresent(candidate) else { continue }
      return (try text(of: input), input.path)
    }
    throw LogReadError(
      .cannotOpen(reason: "its description \(names[0]) is not in the same folder; put it there, or name it"),
      path: dataPath)
  }

  private static func text(of input: FileInput) throws(LogReadError) -> [UInt8] {
    try ByteStream(input, windowLogMaximum: 23).wholeText(
      maximumBytes: SDSMetadata.maximumBytes, what: "SDS metadata")
  }
}
