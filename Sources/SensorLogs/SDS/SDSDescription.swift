/// The description of a stream stands beside its data files and is about all of them.
enum SDSDescription {
  static func name(ofStream stream: String) -> String { "\(stream).sds.yml" }

  /// Makes sure that no other data file gets another description by what is about to be written.
  ///
  /// - Parameters:
  ///   - dataPath: The data file that is being written.
  ///   - agrees: Whether the bytes of the description that stands there agree with the new one.
  /// - Throws: where they do not, and it describes other files.
  static func check(
    beside dataPath: String, stream: String, _ agrees: ([UInt8]) -> Bool
  ) throws(LogReadError) {
    let companions = CompanionFiles(beside: dataPath)
    let name = name(ofStream: stream)
    guard let input = try companions.openIfPresent(name) else { return }
    let others = companions.names.filter { $0 != companions.mainName && SDSFileName($0)?.stream == stream }.sorted()
    guard let other = others.first else { return }
    let known = try ByteStream(input, windowLogMaximum: 23).wholeText(
      maximumBytes: SDSMetadata.maximumBytes, what: "SDS metadata")
    guard agrees(known) else {
      throw LogReadError(
        .cannotWrite(
          reason: "\(name) describes other files too, such as \(other), and says another start, labels or values; use "
            + "another stream name, as in \(stream)-2.0.sds"), path: dataPath)
    }
  }
}
