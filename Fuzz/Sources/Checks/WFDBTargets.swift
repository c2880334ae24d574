import Foundation

@testable import SensorLogs

extension FuzzTarget {
  /// A WFDB record: header, signals, annotations.
  static let wfdb = FuzzTarget(name: "wfdb", maximumBytes: 4096) {
    var seeds: [[UInt8]] = []
    for format in [WFDBSampleFormat.bits16, .packed12] {
      let files = try SeedFiles.recording("r.hea") { $0.wfdbFormat = format }
      seeds.append(
        (files["r.hea"] ?? []) + [UInt8].cut + (files["r.dat"] ?? []) + [UInt8].cut + (files["r.atr"] ?? []))
    }
    for format in WFDBSampleFormat.allCases {
      let header =
        "r 3 100/50(7) 9 10:00:00 1/2/2020\nr.dat \(format.rawValue)x2:1+3 20(5)/g 12 0 7 -4 0 a b\n"
        + "r.dat \(format.rawValue) 0 8 2 0 0 0 y\n~ 16 200 16 0 0 0 0 z\n"
      seeds.append(Array(header.utf8) + [UInt8].cut + (0..<90).map { UInt8($0 * 3 % 251) } + [UInt8].cut)
    }
    seeds.append(Array("r/3 2 100 40\nr 10\n~ 20\nq 10\n".utf8))
    return seeds
  } check: { input in
    let parts = input.parts(3)
    try SeedFiles.inFolder(reused: true) { folder in
      for (name, part) in zip(["r.hea", "r.dat", "r.atr"], parts) {
        try Data(part).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      // A frame without bytes of its own is possible where a file is shorter than another.
      let most = parts[1].count * 64 + 1
      func reading(_ batchFrames: Int) throws -> Reading {
        try Reading(batchFrames: batchFrames, storedBytes: nil, mostFrames: most) {
          try WFDBReader(headerPath: "\(folder)/r.hea", options: .fuzzing)
        }
      }
      let whole = try reading(37)
      let other = try reading(1 + input.count % 5)
      try require(whole == other, "the second time it is another recording")
      try Data(parts[1].dropLast(parts[1].count / 3)).write(to: URL(fileURLWithPath: "\(folder)/r.dat"))
      let cut = try reading(64)
      try require(cut.frames.count <= whole.frames.count, "a shorter file has more frames")
    }
  }

  static let wfdbAnnotations = FuzzTarget(name: "wfdb-annotations", maximumBytes: 2048) {
    let files = try SeedFiles.recording("r.hea")
    let more: [UInt8] = [
      0x0A, 0x04, 0x01, 0xF8, 2, 0xF4, 3, 0xF0, 5, 0xFC, 97, 98, 99, 100, 101, 0, 0, 0xEC, 1, 0, 2, 0, 1, 4, 0, 0,
    ]
    return [files["r.atr"] ?? [], more]
  } check: { input in
    // Compressions that are known and not read are refused before anything is.
    let opened = try? ByteStream(MemoryInput(input), windowLogMaximum: 17, maximumDecodedBytes: 1 << 16)
    guard opened != nil else { return }
    func list(pieceBytes: Int) throws -> ([WFDBAnnotation], LogLosses, Double?) {
      let reader = WFDBAnnotationReader(
        try ByteStream(MemoryInput(input, pieceBytes: pieceBytes), windowLogMaximum: 17, maximumDecodedBytes: 1 << 16))
      var found: [WFDBAnnotation] = []
      while let annotation = try reader.next() { found.append(annotation) }
      try require(try reader.next() == nil, "the end does not last")
      return (found, reader.losses, reader.resolutionHz)
    }
    let whole = try list(pieceBytes: .max)
    let pieces = try list(pieceBytes: 1 + input.count % 7)
    guard LogCompression.recognized(input) == nil else { return }
    try require(whole.0 == pieces.0 && whole.2 == pieces.2, "in pieces there are other annotations")
    try require(whole.1 == pieces.1, "in pieces other losses: \(whole.1.first) and \(pieces.1.first)")
    try require(whole.0.count <= input.count / 2, "\(whole.0.count) annotations in \(input.count) bytes")
    if !input.suffix(2).elementsEqual([0, 0]), !whole.0.isEmpty {
      try require(!whole.1.isEmpty, "no end, and nothing says so")
    }
  }
}
