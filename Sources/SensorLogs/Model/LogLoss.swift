/// Something that a recording should have held and the reader could not give.
public struct LogLoss: Sendable, Hashable, Codable {
  public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
    case truncated
    case corruptCompression
    case damagedFrame
    case windowTooLarge
    case trailingBytes
    case decodedTooLarge
    case shortRow
    case longRow
    case badCell
    case badTime
    case lineTooLong
    case tornLine
    case malformedLine
    case noValues
    case repeatedField
    case malformedRecord
    case recordTooLong
    case unknownRecord
    case definitionTooLarge
    case definitionChanged
    case chunkTooLarge
    case chunkChecksum
    case corruptChunk
    case unsupportedChunkCompression
    case dataChecksum
    case summaryChecksum
    case attachmentChecksum
    case messageCountDiffers
    case indexDiffers
    case missingEnd
    case undecodableMessage
    case unknownChannel
    case layoutChanged
    case tooManyLabels
    case labelTooLong
    case lateLabel
    case invertedLabel
    case overlappingLabels
    case labelGap
    case labelsMayShift
    case partialFrame
    case frameCountDiffers
    case signalChecksum
    case signatureDiffers
    case missingFile
  }

  public var code: Code

  /// Where in the file as stored. Exact in a plain file; under zstd, where the block that holds it was read.
  public var byteOffset: Int

  /// Line in a text file, from 1; record number in a binary one, from 0; nil where neither applies.
  public var record: Int?

  /// What is affected: rows, messages or bytes, as the code implies.
  public var count: Int

  /// The offending column, topic or text, shortened.
  public var detail: String

  public init(_ code: Code, byteOffset: Int, record: Int? = nil, count: Int = 1, detail: String = "") {
    self.code = code
    self.byteOffset = byteOffset
    self.record = record
    self.count = count
    self.detail = detail
  }
}

/// Counts by code are written as an object, each under its code's name.
extension LogLoss.Code: CodingKeyRepresentable {}

extension LogLoss.Code {
  var sentence: String {
    switch self {
    case .truncated: "the file ends too early; what was complete has been read"
    case .corruptCompression: "the compressed data are corrupt from here on; nothing after this was read"
    case .damagedFrame: "a compression frame is damaged; what it gave before that has been read"
    case .windowTooLarge: "the zstd window is larger than allowed; raise --window-log (zstdWindowLogMaximum) to read on"
    case .trailingBytes: "bytes that belong to nothing follow the end"
    case .decodedTooLarge:
      "the file decodes to more than allowed; raise --maximum-decoded (maximumDecodedBytes) to read on"
    case .shortRow: "the row has fewer cells than the heading"
    case .longRow: "the row has more cells than the heading"
    case .badCell: "the cell is not a number"
    case .badTime: "the time is missing or not a number"
    case .lineTooLong: "the line is longer than allowed"
    case .tornLine: "the last line is torn"
    case .malformedLine: "the line is not a JSON object"
    case .noValues: "the line has none of the channels"
    case .repeatedField: "the line has a field twice; the last value was taken"
    case .malformedRecord: "the record contradicts its own lengths"
    case .recordTooLong: "the record claims to be longer than the file or the limit"
    case .unknownRecord: "the record has a reserved opcode"
    case .definitionTooLarge: "the schema or channel is larger than allowed, alone or with those before it"
    case .definitionChanged:
      "a schema or channel is declared again as another; messages of its number are left out from here on"
    case .chunkTooLarge:
      "the chunk is larger than allowed; write the file with smaller chunks, or raise maximumChunkBytes"
    case .chunkChecksum: "the chunk does not match its checksum"
    case .corruptChunk: "the chunk cannot be decompressed"
    case .unsupportedChunkCompression: "the chunk's compression cannot be read; convert the file to zstd"
    case .dataChecksum: "the data section does not match its checksum"
    case .summaryChecksum: "the summary does not match its checksum"
    case .attachmentChecksum: "an attachment does not match its checksum"
    case .messageCountDiffers: "the file states another number of messages than it holds"
    case .indexDiffers: "the file's index says something else than the file"
    case .missingEnd: "the end of the data is not marked; the recording was not closed"
    case .undecodableMessage: "the message does not match its schema"
    case .unknownChannel: "the message belongs to no channel"
    case .layoutChanged: "the message has another layout than the first of its topic"
    case .tooManyLabels: "more different labels than allowed"
    case .labelTooLong: "the label has more than 4096 bytes; its frames have none"
    case .lateLabel: "the label event stands behind frames that are later than it"
    case .invertedLabel: "the label ends before it begins, or when it begins"
    case .overlappingLabels: "labels overlap; the one that began last was taken"
    case .labelGap: "labels leave frames out, which their format does not allow"
    case .labelsMayShift: "frames were lost, so labels that count frames may stand at the wrong ones"
    case .partialFrame: "the last frame is cut"
    case .frameCountDiffers: "the header states another number of frames than there are"
    case .signalChecksum: "the signal does not match its checksum"
    case .signatureDiffers: "the signature does not match the key"
    case .missingFile: "a file that belongs to the recording cannot be read"
    }
  }
}

extension LogLoss.Code {
  /// Whether a loss counts stored bytes that were given up, not records.
  fileprivate var countsBytes: Bool {
    switch self {
    case .corruptCompression, .damagedFrame, .windowTooLarge, .trailingBytes: true
    default: false
    }
  }
}

extension LogLoss: CustomStringConvertible {
  public var description: String {
    var place = "byte \(byteOffset)"
    if let record { place += ", record \(record)" }
    let what = detail.isEmpty ? "" : " (\(detail.printable))"
    let times = code.countsBytes ? ", \(count) bytes" : count == 1 ? "" : " ×\(count)"
    return "\(place): \(code.sentence)\(what)\(times)"
  }
}

/// The losses of one reader: the first ones whole, the rest as counts, so that memory stays bounded.
public struct LogLosses: Sendable, Hashable, Codable {
  /// The first losses, in the order they were met.
  public private(set) var first: [LogLoss] = []

  /// How many losses of each kind, all included.
  public private(set) var countsByCode: [LogLoss.Code: Int] = [:]

  public var total: Int { countsByCode.values.reduce(0, +) }
  public var isEmpty: Bool { countsByCode.isEmpty }

  private static let keptCount = 64
  private static let maximumDetailCharacters = 120

  public init() {}

  mutating func add(_ loss: LogLoss) {
    countsByCode[loss.code, default: 0] += 1
    guard keepsNext else { return }
    var kept = loss
    kept.detail = loss.detail.shortened(to: Self.maximumDetailCharacters)
    first.append(kept)
  }

  /// Adds the losses of another reader behind these.
  mutating func add(contentsOf other: LogLosses) {
    for (code, count) in other.countsByCode { countsByCode[code, default: 0] += count }
    first.append(contentsOf: other.first.prefix(max(0, Self.keptCount - first.count)))
  }

  /// Adds the counts of losses whose first ones have been added already.
  mutating func addCounts(of other: LogLosses, beyond added: Int) {
    var known: [LogLoss.Code: Int] = [:]
    for loss in other.first.prefix(added) { known[loss.code, default: 0] += 1 }
    for (code, count) in other.countsByCode where count > known[code, default: 0] {
      countsByCode[code, default: 0] += count - known[code, default: 0]
    }
  }

  /// Whether the next loss would still be kept whole, so that its text is worth making.
  var keepsNext: Bool { first.count < Self.keptCount }
}
