import Foundation

/// A clean recording of 400 frames at 50 Hz, of two classes in turn, to which defects are added.
struct DefectiveRecording {
  struct Row {
    var seconds: Double
    var values: [String]
    var label: String
  }

  var heading = "time_s,x,y,z,label"
  var rows: [Row]

  init(frames: Int = 400, rate: Double = 50) {
    rows = (0..<frames).map { index in
      let swing = sin(Double(index) * 0.3)
      return Row(
        seconds: Double(index) / rate,
        values: ["\(swing)", "\(0.5 * swing + 0.001 * Double(index))", "\(cos(Double(index)))"],
        label: "\(index / 100 % 2)")
    }
  }

  func write(to recordings: SyntheticRecordings, as name: String = "a.csv") throws {
    let lines = rows.map { row in
      ([String(format: "%.6f", row.seconds)] + row.values + [row.label]).joined(separator: ",")
    }
    try (([heading] + lines).joined(separator: "\n") + "\n").write(
      toFile: "\(recordings.folder)/\(name)", atomically: true, encoding: .utf8)
  }
}
