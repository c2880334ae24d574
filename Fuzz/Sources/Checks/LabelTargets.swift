import Foundation

@testable import SensorLogs

extension FuzzTarget {
  /// Tables of intervals and of events.
  static let labels = FuzzTarget(name: "labels", maximumBytes: 4096) {
    [
      [0] + Array("start,end,label\n0,1.5,walk\n1,2,run\n3,3,x\n\n2.5,9,\"a, b\"\n".utf8),
      [1] + Array("time_ms;label\n0;a\n20;b\n20;\n1e30;c\nx;d\n".utf8),
      [6] + Array("onset\tduration\ttrial_type\n0\t2\tgo\n-1\t1e5\tstop\n".utf8),
      [9] + Array("frame,class\n0,a\n10,b\n5,c\n".utf8),
    ]
  } check: { input in
    let (choice, bytes) = input.choiceAndRest
    let position: LabelTrack.Position = [.time, .sinceFirstFrame, .frame, .time][Int(choice >> 1 & 3)]
    func track(pieceBytes: Int) throws -> LabelTrack? {
      do {
        var file = try LabelFile(
          MemoryInput(bytes, pieceBytes: pieceBytes), position: position, options: .fuzzing)
        if choice & 1 == 0 { return try file.intervals() }
        return try file.events(toleranceSeconds: choice & 8 == 0 ? nil : 0.01)
      } catch {
        return nil
      }
    }
    let whole = try track(pieceBytes: .max)
    let pieces = try track(pieceBytes: 1 + bytes.count % 31)
    let isPlain = LogCompression.recognized(bytes) == nil
    if isPlain { try require(whole == pieces, "in pieces there are other labels") }
    guard let whole else { return }
    try check(whole)
    let rows = bytes.split(separator: 10).count { !$0.elementsEqual([13]) }
    // Each row begins and ends at most one label.
    if isPlain { try require(whole.changes.count <= 2 * rows, "\(whole.changes.count) changes in \(rows) rows") }
  }

  private static func check(_ track: LabelTrack) throws {
    try require(
      zip(track.changes, track.changes.dropFirst()).allSatisfy { $0.position < $1.position },
      "changes are not in order")
    try require(
      track.changes.allSatisfy { $0.label >= -1 && Int($0.label) < track.names.count }, "a label without a name")
    try require(track.losses.first.count <= track.losses.total, "losses do not add up")
  }

  /// The file of labels of several recordings.
  static let edgeImpulseLabels = FuzzTarget(name: "edge-impulse-labels", maximumBytes: 4096) {
    let entries =
      "[{\"startIndex\":0,\"endIndex\":3,\"label\":\"walk\"},{\"startIndex\":4,\"endIndex\":9,\"label\":\"r\"}]"
    return [
      Array(
        "{\"version\":1,\"type\":\"structured-labels\",\"structuredLabels\":{\"a.json\":\(entries),\"b\":[]}}".utf8),
      Array("{\"structuredLabels\":{\"a.json\":[{\"startIndex\":5,\"endIndex\":1e18,\"label\":7}]}}".utf8),
    ]
  } check: { input in
    do {
      try check(StructuredLabels.track(MemoryInput(input), recording: "x/a.json"))
    } catch is LogReadError {}
  }

  /// The list of files of a rosbag2 recording.
  static let rosbag2 = FuzzTarget(name: "rosbag2", maximumBytes: 4096) {
    let text = """
      rosbag2_bagfile_information:
        version: 5
        storage_identifier: mcap
        message_count: 12
        compression_format: ""
        compression_mode: ""
        relative_file_paths:
          - b_0.mcap
          - b_1.mcap
        topics_with_message_count: [{topic_metadata: {name: /a, type: p/T}, message_count: 3}]
      """
    return [Array(text.utf8), Array("&a [*a, {? [x] : y}]".utf8)]
  } check: { input in
    try SeedFiles.inFolder(reused: true) { folder in
      for name in ["b_0.mcap", "b_1.mcap"] where access("\(folder)/\(name)", F_OK) != 0 {
        try Data(MCAP.magic).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try Data(input).write(to: URL(fileURLWithPath: "\(folder)/metadata.yaml"))
      defer { unlink("\(folder)/metadata.yaml") }
      do {
        let found = try Rosbag2Folder(folder)
        try require(!found.files.isEmpty, "a recording without files")
        for file in found.files {
          try require(
            file.hasPrefix("\(folder)/") && !file.split(separator: "/").contains(".."), "'\(file)' is outside")
        }
      } catch is LogReadError {}
    }
  }
}
