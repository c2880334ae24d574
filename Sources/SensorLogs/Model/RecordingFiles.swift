extension SensorLog {
  /// The files that a recording is written as, the one that names it first.
  ///
  /// WFDB records have a signal file and, where there are labels, annotations; SDS recordings a description. The file of
  /// structured labels that Edge Impulse recordings of a folder share is none of these: entries of others are kept in it.
  ///
  /// - Parameter format: nil: what the path's name says.
  public static func filesWritten(_ path: String, format: LogFormat? = nil) -> [String] {
    guard path != "-" else { return [] }
    let companions = CompanionFiles(beside: path)
    switch format ?? LogFileName(path).format {
    case .wfdb:
      let name = WFDBWriter.recordName(companions)
      return [path, "\(companions.folder)\(name).dat", "\(companions.folder)\(name).atr"]
    case .sds:
      guard let stream = SDSFileName(companions.mainName)?.stream else { return [path] }
      return [path, "\(companions.folder)\(stream).sds.yml"]
    default: return [path]
    }
  }
}

extension LogReadOptions {
  /// - Throws: where a topic was asked for, and the format has none.
  func refuseTopics(in format: LogFormat, path: String) throws(LogReadError) {
    guard format != .mcap, let named = topic ?? labelTopic else { return }
    throw LogReadError(
      .invalidOption(
        "\(format.rawValue) recordings have no topics, so '\(named.shortened(to: 60))' cannot be chosen; leave it out"),
      path: path)
  }
}
