/// Something that a reader did or left undone with a sound recording, and that its user should know.
public struct LogNote: Sendable, Hashable, Codable {
  public enum Code: String, Sendable, Hashable, Codable {
    /// Signals have another rate than the frames and were not read.
    case channelsLeftOut
    /// The file is signed and no key was given.
    case signatureNotVerified
    case signatureVerified
    case checksumsVerified
    /// The file gives no gain; values are in units of a default one.
    case uncalibrated
    /// Values of acceleration whose size does not fit their unit.
    case doubtfulUnit
    /// What a folder lists and what it holds differ.
    case folder
  }

  public var code: Code

  /// What is meant: channels, a count, a reason.
  public var detail: String

  public init(_ code: Code, detail: String = "") {
    self.code = code
    self.detail = detail
  }
}

extension LogNote: CustomStringConvertible {
  public var description: String {
    let sentence =
      switch code {
      case .channelsLeftOut: "left out, because their rate differs from that of the frames"
      case .signatureNotVerified: "the signature was not verified, because no key was given"
      case .signatureVerified: "the signature matches the key"
      case .checksumsVerified: "the checksums of the signals match"
      case .uncalibrated: "the file states no gain; values are in units of the default gain"
      case .doubtfulUnit: "check the unit, and correct it with martlet convert --unit"
      case .folder: "the folder's own list is not to be relied on"
      }
    return detail.isEmpty ? sentence : "\(detail.printable): \(sentence)"
  }
}

/// An annotation of a recording: something that happened at a time or held for a while.
public struct LogEvent: Sendable, Hashable, Codable {
  /// Nanoseconds, on the clock of the frames.
  public var time: Int64

  /// When it ended; nil for an instant, and for what holds until the next of its kind.
  public var endTime: Int64?

  public var text: String

  public init(time: Int64, endTime: Int64? = nil, text: String) {
    self.time = time
    self.endTime = endTime
    self.text = text
  }
}

/// How the annotations of a recording label its frames.
public enum AnnotationRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// Annotations that hold label their frames: those with a duration, and changes of rhythm until the next one.
  case held

  /// Every annotation without an end holds until the next annotation.
  case untilNext

  /// An annotation of an instant labels the frame that is nearest to it; one with a duration its frames.
  case nearestFrame
}
