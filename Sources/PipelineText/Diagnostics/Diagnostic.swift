/// A mistake at a place in a file.
public struct Diagnostic: Sendable, Hashable {
  /// As one sentence without a full stop.
  public var message: String
  /// What to do about it.
  public var suggestion: String?
  /// UTF-8 offsets into the source text.
  public var range: Range<Int>
  /// Other places that belong to the mistake.
  public var notes: [Note]

  public struct Note: Sendable, Hashable {
    public var message: String
    public var range: Range<Int>
  }
}
