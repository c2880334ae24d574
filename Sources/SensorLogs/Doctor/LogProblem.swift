/// Something about a recording that its user should know, found by looking at all of it.
public struct LogProblem: Sendable, Hashable, Codable {
  public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
    /// Data are lost, or the file breaks a rule of its format.
    case error
    /// Nothing is lost, and something will surprise whoever uses the recording.
    case warning
    /// Worth knowing.
    case note
  }

  public var severity: Severity

  /// A name for programs. A loss has the name of its ``LogLoss/Code``.
  public var code: String

  /// The file that is meant, in a recording of several.
  public var file: String?

  /// Where in the file as stored; under a compression of the whole file, where the block that holds it was read.
  public var byteOffset: Int?

  /// Line of a text, from 1.
  public var line: Int?

  /// Record of a binary file or frame of a recording, from 0.
  public var record: Int?

  /// Nanoseconds on the recording's clock.
  public var time: Int64?

  /// What is affected: rows, messages, frames or bytes, as the finding says.
  public var count: Int

  /// What is wrong, in one sentence.
  public var finding: String

  /// What to do about it.
  public var advice: String?
}

/// The problems of one recording, the first ones whole, the rest as counts, so that memory stays bounded.
struct ProblemList {
  /// In the order found.
  private(set) var kept: [LogProblem] = []

  /// How often each was found, those that are not kept included.
  private(set) var countsByCode: [String: Int] = [:]
  private(set) var countsBySeverity: [LogProblem.Severity: Int] = [:]
  private var keptByCode: [String: Int] = [:]

  /// So many of one kind are kept; there are a hundred kinds.
  static let keptOfEach = 8

  /// Added to what is found from now on.
  var file: String?

  mutating func add(
    _ severity: LogProblem.Severity, _ code: String, at byteOffset: Int? = nil, line: Int? = nil, record: Int? = nil,
    time: Int64? = nil, count: Int = 1, _ finding: @autoclosure () -> String,
    advice: @autoclosure () -> String? = nil
  ) {
    note(severity, code)
    guard keptByCode[code, default: 0] < Self.keptOfEach else { return }
    keptByCode[code, default: 0] += 1
    kept.append(
      LogProblem(
        severity: severity, code: code, file: file, byteOffset: byteOffset, line: line, record: record, time: time,
        count: count, finding: finding().printable.shortened(to: 240), advice: advice()?.printable))
  }

  private mutating func note(_ severity: LogProblem.Severity, _ code: String, times: Int = 1) {
    countsByCode[code, default: 0] += times
    countsBySeverity[severity, default: 0] += times
  }

  /// Takes over the losses of a reader.
  ///
  /// - Parameter isText: Whether their records are lines.
  mutating func add(_ losses: LogLosses, isText: Bool, _ isWanted: (LogLoss.Code) -> Bool = { _ in true }) {
    var listed: [LogLoss.Code: Int] = [:]
    for loss in losses.first where isWanted(loss.code) {
      listed[loss.code, default: 0] += 1
      add(
        loss.code.severity, loss.code.rawValue, at: loss.byteOffset, line: isText ? loss.record : nil,
        record: isText ? nil : loss.record, count: loss.count, loss.finding, advice: loss.code.advice)
    }
    for (code, count) in losses.countsByCode where isWanted(code) && count > listed[code, default: 0] {
      note(code.severity, code.rawValue, times: count - listed[code, default: 0])
    }
  }

  /// How many of each kind are not in ``kept``.
  var unlisted: [String: Int] {
    countsByCode.compactMapValues { $0 }.merging(keptByCode) { $0 - $1 }.filter { $0.value > 0 }
  }
}
