/// Why a recording cannot be read, or written, at all.
///
/// Damage that leaves something to read is no error: it is kept in ``LogReader/losses``.
public struct LogReadError: Error, Sendable, Hashable {
  public enum Code: Error, Sendable, Hashable {
    case cannotOpen(reason: String)
    case cannotRead(reason: String)
    case cannotWrite(reason: String)
    /// Writing had begun and failed, as where a disk is full.
    case cannotWriteOn(reason: String)
    /// Whoever read standard output has gone away, as `head` does when it has enough.
    case readerGone
    case noFileMatches
    case empty
    /// There is a heading or the like and nothing behind it, or nothing that could be read; then what came first.
    case noFrames(firstLoss: LogLoss.Code?)
    case unsupportedFormat(found: String)
    case unsupportedCompression(String)
    case unsupportedStorage(String)
    case missingHeader(found: String)
    case noTimeColumn(columns: [String])
    case unknownColumn(String, known: [String])
    case noChannels
    case tooManyChannels(count: Int, limit: Int)
    case unknownTopic(String, known: [String])
    case noNumericTopic(known: [String])
    case undecodableTopic(String, reason: String)
    case unknownField(String, known: [String])
    case channelsDiffer(expected: [String], found: [String])
    case damaged(LogLoss.Code)
    case badLabels(reason: String)
    /// A name that a header gives for another file and that could lead out of the recording's folder.
    case forbiddenName(String)
    case malformedHeader(reason: String)
    case unsupportedEncoding(String)
    /// Channels that were asked for together and have no common frames.
    case ratesDiffer(channels: [String])
    case invalidOption(String)
    /// The caller asked to stop.
    case cancelled
  }

  public let code: Code
  public let path: String

  /// Where in the file as stored (compressed, if it is); nil where no place is meant.
  public let byteOffset: Int?

  public init(_ code: Code, path: String, byteOffset: Int? = nil) {
    self.code = code
    self.path = path
    self.byteOffset = byteOffset
  }
}

extension LogReadError: CustomStringConvertible {
  /// What happened, where, and what to do.
  public var description: String {
    let place = byteOffset.map { "\(path), byte \($0)" } ?? path
    // Paths, topics and columns are named by others.
    return "\(place): \(sentence)".printable
  }

  private var sentence: String {
    switch code {
    case .cannotOpen(let reason): "cannot open the file: \(reason)"
    case .cannotRead(let reason): "cannot read on: \(reason)"
    case .cannotWrite(let reason): "cannot write: \(reason)"
    case .cannotWriteOn(let reason): "cannot write on: \(reason)"
    case .readerGone: "nobody reads on"
    case .noFileMatches: "no file matches; check the pattern and the folder it starts from"
    case .empty: "the file holds no data"
    case .noFrames(let loss):
      "the recording holds no frame" + (loss.map { " that can be read; the first that was lost: \($0.sentence)" } ?? "")
    case .unsupportedFormat(let found):
      "\(found) is not a format that can be read; convert it to CSV, TSV, JSON Lines or MCAP"
    case .unsupportedCompression(let name):
      "\(name.shortened(to: 60)) compression cannot be read; store the log plain or with zstd, gzip or lz4"
    case .unsupportedStorage(let name):
      "storage '\(name)' cannot be read; convert the recording with 'ros2 bag convert', whose output options say "
        + "'storage_id: mcap'"
    case .missingHeader(let found):
      "the first row must name the columns, found '\(found)'; add a row such as 'time_s,acc_x,acc_y,acc_z'"
    case .noTimeColumn(let columns):
      "no time column among \(Self.list(columns)); name it, as --time-column does, or give the rate, as --rate does"
    case .unknownColumn(let name, let known): "no column '\(name)'; the file has \(Self.list(known))"
    case .noChannels: "no column or field is left to be a channel"
    case .tooManyChannels(let count, let limit):
      "\(count) values a frame, more than \(limit); name the fields that are wanted"
    case .unknownTopic(let name, let known): "no message on topic '\(name)'; the file has \(Self.list(known))"
    case .noNumericTopic(let known):
      "no topic carries numbers that can be decoded; the file has \(Self.list(known))"
    case .undecodableTopic(let topic, let reason):
      "topic '\(topic.shortened(to: 60))' cannot be decoded: \(reason.shortened(to: 120))"
    case .unknownField(let name, let known): "no field '\(name)'; the messages have \(Self.list(known))"
    case .channelsDiffer(let expected, let found):
      "channels \(Self.list(found)) differ from \(Self.list(expected)) of the recording before; "
        + "convert them one by one, or name the channels"
    case .damaged(let code): "the file is damaged before its first frame: \(code.sentence)"
    case .badLabels(let reason): "the labels cannot be used: \(reason)"
    case .forbiddenName(let name):
      "the header names '\(name.shortened(to: 60))', which is no plain file name of its folder; it was not opened"
    case .malformedHeader(let reason): "the header cannot be used: \(reason)"
    case .unsupportedEncoding(let what): "\(what.shortened(to: 80)) cannot be read"
    case .ratesDiffer(let channels):
      "channels of different rates cannot share frames: \(Self.list(channels)); choose those of one rate"
    case .invalidOption(let text): text
    case .cancelled: "stopped before the end; nothing was written"
    }
  }

  private static func list(_ names: [String]) -> String {
    if names.isEmpty { return "none" }
    let shown = names.prefix(12).map { "'\($0.shortened(to: 60))'" }.joined(separator: ", ")
    return names.count > 12 ? "\(shown) and \(names.count - 12) more" : shown
  }
}
