@testable import SensorLogs

/// What a reader made of some bytes, each frame as one number.
struct Reading: Equatable {
  var refusal: LogReadError.Code?
  var frames: [UInt64] = []
  /// The same without labels, of which some formats learn later.
  var unlabelled: [UInt64] = []
  /// Without times as well.
  var untimed: [UInt64] = []
  var losses = LogLosses()
  var counters = LogCounters()
  var compression = LogCompression.none

  /// Reads everything and checks what holds of any reader.
  ///
  /// - Parameters:
  ///   - storedBytes: How many bytes there are; all of them are read or told of. nil for a recording of several files.
  ///   - mostFrames: More than these cannot be in so few bytes.
  init(
    batchFrames: Int, storedBytes: Int?, mostFrames: Int, _ open: () throws -> any LogReader
  ) throws {
    let reader: any LogReader
    do {
      reader = try open()
    } catch let error as LogReadError {
      refusal = error.code
      try require(!error.description.isEmpty, "an error says nothing")
      if let offset = error.byteOffset {
        try require((0...(storedBytes ?? .max)).contains(offset), "an error at byte \(offset) of \(storedBytes ?? 0)")
      }
      return
    }
    let width = reader.schema.channels.count
    try require(width > 0, "a reader without channels")
    if let rate = reader.schema.nominalRateHz {
      try require(rate > 0 && rate.isFinite, "a nominal rate of \(rate) Hz")
    }
    var batch = FrameBatch()
    do {
      while try reader.read(into: &batch, maximumFrames: batchFrames) {
        try take(batch, width: width, names: reader.labelNames, batchFrames: batchFrames)
        try require(frames.count <= mostFrames, "more than \(mostFrames) frames")
      }
      try require(batch.isEmpty, "frames behind the end")
      try require(try !reader.read(into: &batch, maximumFrames: 1) && batch.isEmpty, "the end does not last")
    } catch let error as LogReadError {
      refusal = error.code
    }
    losses = reader.losses
    counters = reader.counters
    compression = reader.compression
    try checkLosses(storedBytes: storedBytes ?? .max)
    try require(counters.frames == frames.count, "\(counters.frames) frames counted, \(frames.count) given")
    try require(counters.lostRows >= 0 && counters.lostMessages >= 0, "less than nothing is lost")
    if refusal == nil, let storedBytes, counters.bytesRead < storedBytes {
      try require(!losses.isEmpty, "\(counters.bytesRead) of \(storedBytes) bytes read, and nothing lost")
    }
    if counters.lostRows + counters.lostMessages + counters.lostChunks > 0 {
      try require(!losses.isEmpty, "rows, messages or chunks are lost without a loss that says why")
    }
  }

  private mutating func take(_ batch: FrameBatch, width: Int, names: [String], batchFrames: Int) throws {
    try require(batch.count <= batchFrames && !batch.isEmpty, "a batch of \(batch.count)")
    try require(
      batch.channelCount == width && batch.values.count == batch.count * width && batch.labels.count == batch.count
        && batch.segments.count == batch.count, "the parts of a batch have different lengths")
    for index in 0..<batch.count {
      var digest = WordDigest()
      for value in batch.values[(index * width)..<((index + 1) * width)] { digest.add(value.bitPattern) }
      digest.add(UInt64(bitPattern: Int64(batch.segments[index])))
      untimed.append(digest.value)
      digest.add(UInt64(bitPattern: batch.times[index]))
      unlabelled.append(digest.value)
      let label = batch.labels[index]
      try require(label >= -1 && Int(label) < names.count, "label \(label) of \(names.count)")
      digest.add(label < 0 ? 0 : UInt64(label) + 1)
      if label >= 0 { for byte in names[Int(label)].utf8 { digest.add(UInt64(byte)) } }
      frames.append(digest.value)
    }
  }

  private func checkLosses(storedBytes: Int) throws {
    let total = losses.countsByCode.values.reduce(0, +)
    try require(losses.total == total && losses.isEmpty == (total == 0), "losses do not add up")
    try require(losses.first.count <= total, "more losses kept than met")
    for loss in losses.first {
      try require((0...storedBytes).contains(loss.byteOffset), "\(loss) in \(storedBytes) bytes")
      try require(loss.count > 0 && !loss.description.isEmpty, "\(loss) counts nothing")
    }
  }

  /// Whether the other reading, with the bytes arriving in another way, is of the same recording.
  func isSame(as other: Reading, isCompressed: Bool) -> Bool {
    guard isCompressed else { return refusal == other.refusal && frames == other.frames && losses == other.losses }
    // A decompressor gives up a corrupt block from where it learns of it, which is later if it gets less at once. Where
    // a loss lies in a compressed file also depends on that.
    if isCorrupt || other.isCorrupt { return begins(other) || other.begins(self) }
    return refusal == other.refusal && frames == other.frames && losses.countsByCode == other.losses.countsByCode
  }

  fileprivate var isCorrupt: Bool {
    refusal != nil || losses.countsByCode[.corruptCompression] != nil
  }

  /// Whether these frames, perhaps without the last one, are the first of another reading.
  func begins(_ whole: Reading, hasOwnTimes: Bool = true) -> Bool {
    hasOwnTimes
      ? whole.unlabelled.starts(with: unlabelled.dropLast()) : whole.untimed.starts(with: untimed.dropLast())
  }
}

/// FNV-1a over words.
struct WordDigest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01B3
    value ^= value >> 29
  }
}

/// Reads bytes as they are, then in small pieces and cut short, and compares.
///
/// - Parameters:
///   - hasChecksums: A part of a damaged file may be given up as a whole, of which a shorter file still gives the
///     beginning, for nothing vouches for that.
///   - hasOwnTimes: false where the times of frames hang on what follows them, which a cut takes away.
/// - Returns: the first reading.
@discardableResult
func checkReading(
  _ bytes: [UInt8], mostFrames: Int, hasChecksums: Bool = false, hasOwnTimes: Bool = true,
  _ open: (any ByteInput) throws -> any LogReader
) throws -> Reading {
  func reading(_ bytes: [UInt8], pieceBytes: Int, batchFrames: Int) throws -> Reading {
    try Reading(batchFrames: batchFrames, storedBytes: bytes.count, mostFrames: mostFrames) {
      try open(MemoryInput(bytes, pieceBytes: pieceBytes))
    }
  }
  let isCompressed = LogCompression.recognized(bytes) != nil
  let whole = try reading(bytes, pieceBytes: .max, batchFrames: 37)
  let pieces = try reading(bytes, pieceBytes: 1 + bytes.count % 61, batchFrames: 1 + bytes.count % 5)
  try require(
    whole.isSame(as: pieces, isCompressed: isCompressed),
    "in pieces it is another recording: \(whole.summary) and \(pieces.summary)")
  guard bytes.count > 1 else { return whole }
  // Any place does, as long as the same input always gives the same one.
  let place = Int(bytes.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) }) % bytes.count
  let cut = try reading(Array(bytes.prefix(place)), pieceBytes: .max, batchFrames: 64)
  try require(
    // The end of a cut file cannot be told from the end of a last number. What the whole file's decompressor gives up
    // as corrupt may be sound as far as it goes.
    cut.begins(whole, hasOwnTimes: hasOwnTimes) || (isCompressed && whole.isCorrupt && whole.begins(cut))
      || (hasChecksums && (whole.refusal != nil || !whole.losses.isEmpty)),
    "cut at \(place) it has frames that the whole has not")
  return whole
}

extension Reading {
  fileprivate var summary: String {
    if let refusal { return "\(frames.count) frames, \(refusal)" }
    return "\(frames.count) frames, \(losses.total) losses: \(losses.first.prefix(4).map(\.description))"
  }
}

extension LogReadOptions {
  /// Limits that make absurd inputs cheap.
  static var fuzzing: LogReadOptions {
    var options = LogReadOptions()
    options.maximumDecodedBytes = 1 << 19
    options.maximumChunkBytes = 1 << 16
    options.maximumRecordBytes = 1 << 16
    options.maximumLineBytes = 1 << 12
    options.maximumChannels = 64
    options.maximumLabels = 16
    return options
  }
}
