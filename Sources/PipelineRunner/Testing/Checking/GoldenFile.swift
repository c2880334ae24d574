import Foundation

/// What a test found once, and expects to find again: frames or windows with their labels and times.
///
/// JSON with a line a frame, or CSV with a row a frame; both can be read, and compared, by eye.
struct GoldenFile {
  struct Piece {
    var subject: String
    var label: String
    var times: [Double]
    var values: [Float]
  }

  /// Larger files are not written, nor read.
  static let byteLimit = 32 << 20
  static let valueLimit = 1 << 20
  private static let mark = "martlet-golden"

  var channels: [String]
  var isOfWindows: Bool
  var pieces: [Piece]

  init(_ observation: Observation) {
    channels = observation.channels
    isOfWindows = observation.isOfWindows
    pieces = observation.pieces.map {
      Piece(subject: $0.subject, label: $0.label, times: $0.times, values: $0.values)
    }
  }

  private init(channels: [String], isOfWindows: Bool, pieces: [Piece]) {
    self.channels = channels
    self.isOfWindows = isOfWindows
    self.pieces = pieces
  }

  /// - Parameter name: Tells the format: it ends in `.json` or `.csv`.
  func text(named name: String) -> String { name.hasSuffix(".csv") ? csv : json }

  /// - Returns: nil where the bytes are no golden file.
  init?(_ text: String, named name: String) {
    guard let file = name.hasSuffix(".csv") ? Self.csv(text) : Self.json(text) else { return nil }
    self = file
  }

  private func row(_ piece: Piece, _ frame: Int) -> ArraySlice<Float> {
    piece.values[frame * channels.count..<(frame + 1) * channels.count]
  }

  // MARK: JSON

  private static func quoted(_ text: String) -> String {
    let data = try? JSONSerialization.data(withJSONObject: text, options: [.fragmentsAllowed, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  private static func literal(_ value: Float) -> String {
    value.isFinite ? TestText.number(value) : "\"\(TestText.number(value))\""
  }

  private var json: String {
    let pieces = pieces.map { piece in
      let rows = piece.times.indices.map { frame in
        "      [" + row(piece, frame).map(Self.literal).joined(separator: ", ") + "]"
      }
      return """
            {"subject": \(Self.quoted(piece.subject)), "label": \(Self.quoted(piece.label)),
             "times_s": [\(piece.times.map { TestText.number($0) }.joined(separator: ", "))],
             "values": [
        \(rows.joined(separator: ",\n"))]}
        """
    }
    return """
      {
        "format": "\(Self.mark)",
        "schemaVersion": 1,
        "pieces": "\(isOfWindows ? "windows" : "frames")",
        "channels": [\(channels.map(Self.quoted).joined(separator: ", "))],
        "data": [
      \(pieces.joined(separator: ",\n"))]
      }

      """
  }

  private static func json(_ text: String) -> GoldenFile? {
    guard let root = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any],
      root["format"] as? String == mark, root["schemaVersion"] as? Int == 1, let kind = root["pieces"] as? String,
      let channels = root["channels"] as? [String], let data = root["data"] as? [[String: Any]]
    else { return nil }
    var pieces: [Piece] = []
    for entry in data {
      guard let subject = entry["subject"] as? String, let label = entry["label"] as? String,
        let times = entry["times_s"] as? [Double], let rows = entry["values"] as? [[Any]], rows.count == times.count,
        rows.allSatisfy({ $0.count == channels.count })
      else { return nil }
      let values = rows.flatMap { $0.map(Self.value) }
      guard !values.contains(nil) else { return nil }
      pieces.append(Piece(subject: subject, label: label, times: times, values: values.compactMap(\.self)))
    }
    return GoldenFile(channels: channels, isOfWindows: kind == "windows", pieces: pieces)
  }

  private static func value(_ any: Any) -> Float? {
    if let text = any as? String { return number(text) }
    return (any as? NSNumber).map { Float(truncating: $0) }
  }

  private static func number(_ text: String) -> Float? {
    switch text {
    case "nan": .nan
    case "infinity": .infinity
    case "-infinity": -.infinity
    default: Float(text)
    }
  }

  // MARK: CSV

  private static func cell(_ text: String) -> String {
    text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
      ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  private var heading: [String] { [isOfWindows ? "window" : "stretch", "subject", "label", "time_s"] }

  private var csv: String {
    var lines = [(heading + channels).map(Self.cell).joined(separator: ",")]
    for (index, piece) in pieces.enumerated() {
      let start = "\(index),\(Self.cell(piece.subject)),\(Self.cell(piece.label)),"
      for frame in piece.times.indices {
        lines.append(
          start
            + ([TestText.number(piece.times[frame])] + row(piece, frame).map { TestText.number($0) })
            .joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func csv(_ text: String) -> GoldenFile? {
    var rows = records(text)
    guard let first = rows.first, first.count > 4, Array(first[1..<4]) == ["subject", "label", "time_s"],
      first[0] == "window" || first[0] == "stretch"
    else { return nil }
    rows.removeFirst()
    let channels = Array(first[4...])
    var pieces: [Piece] = []
    for row in rows {
      guard row.count == first.count, let index = Int(row[0]), let time = Double(row[3]),
        index == pieces.count || index == pieces.count - 1
      else { return nil }
      if index == pieces.count { pieces.append(Piece(subject: row[1], label: row[2], times: [], values: [])) }
      pieces[index].times.append(time)
      for cell in row[4...] {
        guard let value = number(cell) else { return nil }
        pieces[index].values.append(value)
      }
    }
    return GoldenFile(channels: channels, isOfWindows: first[0] == "window", pieces: pieces)
  }

  /// Rows of cells, quotes undone; after RFC 4180.
  private static func records(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var bytes = Array(text.utf8)[...]
    func end() {
      row.append(String(decoding: cell, as: UTF8.self))
      cell = []
    }
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "\"") where isQuoted && bytes.first == UInt8(ascii: "\""):
        cell.append(byte)
        bytes.removeFirst()
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted: end()
      case UInt8(ascii: "\r") where !isQuoted: continue
      case UInt8(ascii: "\n") where !isQuoted:
        end()
        rows.append(row)
        row = []
      default: cell.append(byte)
      }
    }
    if !row.isEmpty || !cell.isEmpty {
      end()
      rows.append(row)
    }
    return rows
  }
}

extension GoldenFile {
  /// Where this and what was found now differ first; nil where they agree.
  func difference(to found: GoldenFile, tolerance: Double) -> String? {
    let kind = isOfWindows ? "window" : "stretch"
    if isOfWindows != found.isOfWindows {
      return "holds \(isOfWindows ? "windows" : "frames"), found \(found.isOfWindows ? "windows" : "frames")"
    }
    if channels != found.channels {
      return "holds the channels \(TestText.list(channels)), found \(TestText.list(found.channels))"
    }
    var first: String?
    var (differing, count, largest) = (0, 0, 0.0)
    for (index, pair) in zip(pieces, found.pieces).enumerated() {
      let (old, new) = pair
      if first == nil, old.subject != new.subject {
        return "differs in \(kind) \(index): expected subject \"\(old.subject)\", found \"\(new.subject)\""
      }
      if first == nil, old.label != new.label {
        return "differs in \(kind) \(index): expected label \"\(old.label)\", found \"\(new.label)\""
      }
      for frame in 0..<min(old.times.count, new.times.count) {
        let (before, now) = (old.times[frame], new.times[frame])
        if first == nil, !((before - now).magnitude <= max(tolerance, 1e-6)) {
          return "differs in \(kind) \(index), frame \(frame): expected time \(TestText.number(before)) s, found "
            + "\(TestText.number(now)) s"
        }
        for channel in channels.indices {
          let place = frame * channels.count + channel
          let (wanted, value) = (old.values[place], new.values[place])
          count += 1
          if Self.isEqual(wanted, value, tolerance) { continue }
          differing += 1
          let distance = (Double(wanted) - Double(value)).magnitude
          if distance > largest { largest = distance }
          first =
            first
            ?? "differs in \(kind) \(index), frame \(frame), \(channels[channel]): expected \(TestText.number(wanted)), "
            + "found \(TestText.number(value))"
        }
      }
      if first == nil, old.times.count != new.times.count {
        return "differs in \(kind) \(index): expected \(old.times.count) frames, found \(new.times.count)"
      }
    }
    if let first {
      return first + "; \(differing) of \(count) values differ, by at most \(TestText.number(Float(largest)))"
    }
    return pieces.count == found.pieces.count
      ? nil : "holds \(pieces.count) \(kind == "window" ? "windows" : "stretches"), found \(found.pieces.count)"
  }

  private static func isEqual(_ a: Float, _ b: Float, _ tolerance: Double) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    return a == b || (Double(a) - Double(b)).magnitude <= tolerance
  }
}
