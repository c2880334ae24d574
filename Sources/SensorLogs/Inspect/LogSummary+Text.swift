extension LogSummary {
  /// The summary for a person to read, with a line break at the end.
  public var text: String {
    var rows: [(String, String)] = [("file", path.printable), ("format", formatText)]
    if let library, !library.isEmpty {
      rows.append(("library", library.shortened(to: Self.maximumCellCharacters).printable))
    }
    if let profile, !profile.isEmpty {
      rows.append(("profile", profile.shortened(to: Self.maximumCellCharacters).printable))
    }
    rows.append(("size", sizeText))
    if let compressedFrames { rows.append((compression.rawValue, Self.text(compressedFrames))) }
    if let start = startTime, let end = endTime {
      rows.append(("start", Self.time(start)))
      rows.append(("end", Self.time(end)))
      rows.append(("duration", "\(Self.rounded((Double(end) - Double(start)) / 1e9, 3)) s"))
    }
    if let chunks, chunks.count > 0 { rows.append(("chunks", Self.text(chunks))) }
    if let checksums { rows.append(("checksums", Self.text(checksums))) }
    rows.append(("frames", framesText))
    var lines = rows.map { "\(Self.padded($0.0, 10)) \($0.1)" }
    lines += topicLines + intervalLines + channelLines + labelLines + lossLines
    return lines.map { "\($0)\n" }.joined()
  }

  private var formatText: String {
    compression == .none ? format.rawValue : "\(format.rawValue), \(compression.rawValue)"
  }

  private var sizeText: String {
    let ratio = compressionRatio.map { ", ratio \(Self.rounded($0, 2))" } ?? ""
    return "\(Self.bytes(storedBytes)) stored, \(Self.bytes(decodedBytes)) decoded\(ratio)"
  }

  private var framesText: String {
    if let frameError { return "none: \(frameError.printable)" }
    let from = frameTopic.map { " from \($0.shortened(to: Self.maximumCellCharacters).printable)" } ?? ""
    return "\(frames)\(from) in \(segments) \(segments == 1 ? "segment" : "segments")"
  }

  private var topicLines: [String] {
    let heading = ["topic", "messages", "typical", "per second", "gaps", "longest", "same", "back", "schema"]
    let rows = topics.map { topic -> [String] in
      let timing = topic.timing
      let perSecond =
        timing.minimumPerSecond.flatMap { low in timing.maximumPerSecond.map { "\(low)..\($0)" } } ?? "-"
      let kinds = [topic.schema, topic.schemaEncoding, topic.messageEncoding].filter { !$0.isEmpty }
      return [
        topic.topic.isEmpty ? "(rows)" : topic.topic, "\(timing.count)",
        timing.typicalRateHz.map { "\(Self.rounded($0, 2)) Hz" } ?? "-", perSecond, "\(timing.gaps)",
        timing.longestInterval.map(Self.interval) ?? "-", "\(timing.duplicates)",
        timing.longestStepBack.map { "\(timing.stepsBack) (\(Self.interval($0)))" } ?? "0",
        kinds.joined(separator: ", "),
      ]
    }
    return [""] + Self.table([heading] + rows, rightAligned: [1, 2, 3, 4, 5, 6, 7])
  }

  /// The steps between the times of the busiest topic, as bars.
  private var intervalLines: [String] {
    guard let topic = topics.first(where: { $0.topic == frameTopic ?? "" }) ?? topics.first,
      let most = topic.timing.intervalCounts.max(), most > 0
    else { return [] }
    let counts = topic.timing.intervalCounts
    var rows: [[String]] = [["step up to", "count", ""]]
    for (bin, count) in counts.enumerated() where count > 0 {
      let limit = bin < TimingSummary.binLimits.count ? Self.interval(TimingSummary.binLimits[bin]) : "longer"
      rows.append([limit, "\(count)", String(repeating: "#", count: max(1, count * 40 / most))])
    }
    return [""] + Self.table(rows, rightAligned: [0, 1])
  }

  private var channelLines: [String] {
    guard !channels.isEmpty else { return [] }
    let rows = channels.map { entry in
      [
        entry.channel.name, entry.channel.unit ?? "-", entry.minimum.map { Self.rounded($0, 4) } ?? "-",
        entry.mean.map { Self.rounded($0, 4) } ?? "-", entry.maximum.map { Self.rounded($0, 4) } ?? "-",
        "\(entry.nonFinite)", "\(entry.atMinimum + (entry.minimum == entry.maximum ? 0 : entry.atMaximum))",
        entry.saturated.map { "\($0)" } ?? "-", "\(entry.longestRun)",
      ]
    }
    let heading = ["channel", "unit", "lowest", "mean", "highest", "missing", "at ends", "saturated", "equal in a row"]
    return [""] + Self.table([heading] + rows, rightAligned: [2, 3, 4, 5, 6, 7, 8])
  }

  private var labelLines: [String] {
    guard !labels.isEmpty else { return [] }
    let rows = labels.map { label in
      let share = frames > 0 ? Double(label.frames) / Double(frames) * 100 : 0
      return [label.name ?? "(none)", "\(label.frames)", "\(Self.rounded(share, 1)) %"]
    }
    return [""] + Self.table([["label", "frames", "share"]] + rows, rightAligned: [1, 2])
  }

  private var lossLines: [String] {
    let noted = notes.isEmpty ? [] : ["", "notes      \(notes.count)"] + notes.map { "  \($0)" }
    if losses.isEmpty { return noted + ["", "losses     none"] }
    let shown = losses.first.prefix(10).map { "  \($0)" }
    let rest = losses.total - shown.count
    return noted + ["", "losses     \(losses.total)"] + shown + (rest > 0 ? ["  and \(rest) more"] : [])
  }

  // MARK: Pieces

  private static func text(_ frames: CompressedFrames) -> String {
    var parts = [
      "\(frames.count) \(frames.count == 1 ? "frame" : "frames"), \(frames.verified) with a checksum, which matches"
    ]
    if let window = frames.largestWindowBytes { parts.append("windows of up to \(bytes(window))") }
    if frames.skippable > 0 { parts.append("\(frames.skippable) of another use skipped") }
    return parts.joined(separator: ", ")
  }

  private static func text(_ chunks: ChunkSummary) -> String {
    let kinds = chunks.countsByCompression.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let ratio = chunks.storedBytes > 0 ? Double(chunks.uncompressedBytes) / Double(chunks.storedBytes) : 1
    let largest = bytes(chunks.largestUncompressedBytes)
    let order = chunks.overlapping == 0 ? "none overlaps" : "\(chunks.overlapping) overlap an earlier one"
    return "\(kinds.joined(separator: ", ")); ratio \(rounded(ratio, 2)), largest \(largest), \(order)"
  }

  private static func text(_ checksums: ChecksumSummary) -> String {
    func word(_ matches: Bool?) -> String { matches.map { $0 ? "good" : "BAD" } ?? "not stated" }
    let chunks =
      checksums.chunksVerified + checksums.chunksWithout == 0
      ? "" : ", \(checksums.chunksVerified) chunks good, \(checksums.chunksWithout) unchecked"
    return "data \(word(checksums.dataSectionMatches)), summary \(word(checksums.summaryMatches))\(chunks)"
  }

  /// Columns padded to their widest cell.
  ///
  /// Cells may be text of the file: what would steer the terminal is replaced and the rest cut, so that one long name
  /// does not widen every row.
  static func table(_ rows: [[String]], rightAligned: Set<Int>) -> [String] {
    guard let width = rows.first?.count else { return [] }
    let rows = rows.map { row in row.map { $0.shortened(to: maximumCellCharacters).printable } }
    let widths = (0..<width).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return rightAligned.contains(column) ? padding + cell : cell + padding
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private static let maximumCellCharacters = 60

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// A number with so many decimals, trailing zeros left out.
  static func rounded(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value * scale).rounded()
    guard scaled.magnitude < 0x1p53 else { return "\(value)" }
    var bytes: [UInt8] = []
    DecimalText.add(scaled == 0 ? 0 : scaled / scale, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    var unit = "B"
    for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
      value /= 1024
      unit = larger
    }
    return "\(rounded(value, 2)) \(unit)"
  }

  static func interval(_ nanoseconds: Int64) -> String {
    switch nanoseconds {
    case ..<1_000: "\(nanoseconds) ns"
    case ..<1_000_000: "\(rounded(Double(nanoseconds) / 1e3, 2)) µs"
    case ..<1_000_000_000: "\(rounded(Double(nanoseconds) / 1e6, 2)) ms"
    default: "\(rounded(Double(nanoseconds) / 1e9, 2)) s"
    }
  }

  /// Seconds, and the calendar time in UTC where the epoch can be that of 1970.
  static func time(_ nanoseconds: Int64) -> String {
    var text: [UInt8] = []
    DecimalText.addSeconds(nanoseconds, to: &text)
    let seconds = String(decoding: text, as: UTF8.self) + " s"
    // Before 2000 a time is more likely to count from when a device was switched on.
    guard nanoseconds > 946_684_800_000_000_000 else { return seconds }
    return "\(seconds) (\(CalendarTime.text(nanoseconds)))"
  }
}
