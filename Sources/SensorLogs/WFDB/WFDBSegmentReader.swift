/// The frames of one segment: signals that lie in one or more files.
final class WFDBSegmentReader {
  /// A signal file and which signals it holds, in its order.
  private struct File {
    var name: String
    var cursor: WFDBSampleCursor
    var signals: [Int]
    var hasEnded = false
  }

  private let header: WFDBHeader
  private var files: [File] = []
  /// Where each signal's samples lie in a frame of stored numbers.
  private var places: [Int] = []
  private var sums: [UInt16]
  /// Frames of stored numbers, as many as the largest skew needs; nil where a file has ended.
  private var ring: [Int32?]
  private let frameWidth: Int
  private let depth: Int
  private var loaded = 0
  private var given = 0
  private(set) var losses = LogLosses()
  private(set) var verifiedSignals = 0

  var bytesRead: Int { files.reduce(0) { $0 + $1.cursor.stream.bytesRead } }
  var bytesDecoded: Int { files.reduce(0) { $0 + $1.cursor.stream.position } }
  var compression: LogCompression { files.map(\.cursor.stream.compression).first { $0 != .none } ?? .none }
  var totalBytes: Int? {
    files.reduce(Int?(0)) { sum, file in sum.flatMap { s in file.cursor.stream.totalBytes.map { s + $0 } } }
  }

  private static let maximumRingValues = 1 << 21
  /// Each takes some memory while it is read.
  private static let maximumFiles = 64

  init(_ header: WFDBHeader, _ companions: CompanionFiles, options: LogReadOptions) throws(LogReadError) {
    self.header = header
    let path = companions.folder + companions.mainName
    sums = Array(repeating: 0, count: header.signals.count)
    var width = 0
    for signal in header.signals {
      places.append(width)
      width += signal.samplesPerFrame
    }
    frameWidth = width
    depth = 1 + (header.signals.map(\.skew).max() ?? 0)
    guard frameWidth <= 1 << 20, frameWidth * depth <= Self.maximumRingValues else {
      throw LogReadError(.malformedHeader(reason: "a frame, or the skew of its signals, is too large"), path: path)
    }
    ring = Array(repeating: nil, count: frameWidth * depth)
    for (index, signal) in header.signals.enumerated() where signal.fileName != "~" {
      if let known = files.firstIndex(where: { $0.name == signal.fileName }) {
        guard files[known].cursor.format == signal.format else {
          throw LogReadError(
            .malformedHeader(reason: "signals of file '\(signal.fileName)' have different formats"), path: path)
        }
        files[known].signals.append(index)
        continue
      }
      guard files.count < Self.maximumFiles else {
        throw LogReadError(
          .malformedHeader(reason: "its signals lie in more than \(Self.maximumFiles) files"), path: path)
      }
      let stream = try ByteStream(companions.open(signal.fileName), options: options)
      try stream.skip(signal.byteOffset)
      files.append(
        File(
          name: signal.fileName, cursor: WFDBSampleCursor(stream, format: signal.format), signals: [index])
      )
    }
    for index in files.indices {
      let signals = files[index].signals.map { header.signals[$0] }
      files[index].cursor = WFDBSampleCursor(
        files[index].cursor.stream, format: files[index].cursor.format, initial: signals.map(\.initialValue),
        samplesPerFrame: signals.map(\.samplesPerFrame))
    }
  }

  /// Brings the next frame's stored numbers to hand.
  ///
  /// - Returns: false behind the last frame.
  func advance() throws(LogReadError) -> Bool {
    if let count = header.frameCount, given >= count { return false }
    while loaded < given + depth, try loadFrame() {}
    guard given < loaded else { return false }
    given += 1
    return true
  }

  /// A stored number of the frame at hand; nil where the file holds none.
  @inline(__always)
  func value(signal: Int, sample: Int) -> Int32? {
    let frame = given - 1 + header.signals[signal].skew
    guard frame < loaded else { return nil }
    return ring[(frame % depth) * frameWidth + places[signal] + sample]
  }

  /// Reads one frame out of every file.
  ///
  /// - Returns: false where no file has a whole one.
  private func loadFrame() throws(LogReadError) -> Bool {
    if let count = header.frameCount, loaded >= count { return false }
    let base = (loaded % depth) * frameWidth
    var hasWhole = false
    for file in files.indices where !files[file].hasEnded {
      if try loadFrame(of: file, base: base) { hasWhole = true }
    }
    if !hasWhole { return false }
    for file in files.indices where files[file].hasEnded {
      for signal in files[file].signals { clear(signal, base: base) }
    }
    loaded += 1
    return true
  }

  private func loadFrame(of file: Int, base: Int) throws(LogReadError) -> Bool {
    var taken = 0
    for signal in files[file].signals {
      for sample in 0..<header.signals[signal].samplesPerFrame {
        guard let value = try files[file].cursor.next() else {
          end(file, taken: taken)
          return false
        }
        taken += 1
        ring[base + places[signal] + sample] = value
        sums[signal] &+= UInt16(truncatingIfNeeded: value)
      }
    }
    return true
  }

  private func clear(_ signal: Int, base: Int) {
    for sample in 0..<header.signals[signal].samplesPerFrame { ring[base + places[signal] + sample] = nil }
  }

  /// - Parameter taken: Samples that there are of a frame whose others are missing.
  private func end(_ file: Int, taken: Int) {
    files[file].hasEnded = true
    let stream = files[file].cursor.stream
    let isPart = files[file].cursor.restBytes > 0 || (taken > 0 && !isPadding(file, taken: taken))
    let isCut = header.frameCount.map { loaded < $0 } ?? isPart
    if let damage = stream.damage {
      losses.add(damage)
    } else if isCut {
      losses.add(LogLoss(.truncated, byteOffset: stream.storedOffset(), record: loaded, detail: files[file].name))
    }
  }

  /// Whether one sample behind the last frame only completes a pair of 12 bits.
  private func isPadding(_ file: Int, taken: Int) -> Bool {
    let width = files[file].signals.reduce(0) { $0 + header.signals[$1].samplesPerFrame }
    return files[file].cursor.format == .packed12 && taken == 1 && width % 2 == 1 && loaded % 2 == 1
  }

  /// Compares what was read with what the header says of it. Called behind the last frame.
  func finish() throws(LogReadError) {
    for file in files where !file.hasEnded {
      // Two samples of 12 bits share a byte that stays behind where their number is odd.
      let spare = file.cursor.format == .packed12 ? 3 : 0
      if try file.cursor.stream.ensure(spare + 1) {
        losses.add(
          LogLoss(
            .frameCountDiffers, byteOffset: file.cursor.stream.storedOffset(), record: given,
            detail: "\(file.name) goes on behind \(given) frames"))
      }
    }
    guard let count = header.frameCount, given == count else { return }
    for file in files where !file.hasEnded {
      for signal in file.signals {
        guard let expected = header.signals[signal].checksum else { continue }
        if UInt16(bitPattern: expected) == sums[signal] {
          verifiedSignals += 1
        } else {
          losses.add(
            LogLoss(
              .signalChecksum, byteOffset: header.signals[signal].byteOffset, count: count,
              detail: "\(header.signals[signal].description) in \(file.name)"))
        }
      }
    }
  }
}
