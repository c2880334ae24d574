/// A stage of your own: frames in, frames out.
///
/// Such a stage stands in the braces of ``Ingest``, between `Read` and `Window`, beside `Filter` and `Resample`, and is
/// checked, run, replayed and kept like them:
///
/// ```swift
/// struct Magnitude: FrameStage {
///   static let version: Int? = 1
///   var channels: [String]
///
///   func output(for input: FrameStream) throws(StageMisfit) -> FrameStream {
///     _ = try input.indices(of: channels)
///     return input.adding("magnitude", unit: nil)
///   }
///   func makeProcessor(for input: FrameStream) throws(StageMisfit) -> Processor {
///     Processor(sources: try input.indices(of: channels), target: input.channels.count)
///   }
///   struct Processor: FrameProcessor {
///     …
///   }
/// }
/// ```
///
/// The stage itself is a plain value that holds arguments, and all of its stored properties are arguments: they are
/// printed with the pipeline and enter the digest by which results are kept. What changes from frame to frame belongs
/// to its processor.
public protocol FrameStage: IngestStepConvertible, Hashable, Sendable {
  associatedtype Processor: FrameProcessor

  /// As a pipeline is written: the type's name unless told otherwise. No stage of Martlet's may be called the same.
  static var name: String { get }

  /// A number to raise whenever the same arguments and frames give other values than before.
  ///
  /// While it stays the same, results are taken from the cache across builds of your program. `nil`, which holds unless
  /// told otherwise, takes them only while the program's file stays the same, byte for byte: safe, and every build
  /// computes anew.
  static var version: Int? { get }

  /// Whether values follow from arguments and frames alone. Where a file, the time or chance enters too, say `false`: then
  /// no result of the pipeline is kept, or taken from what is kept.
  static var isCacheable: Bool { get }

  /// How many frames to either side may enter the values of a frame. A window as near to a frame that is not to be used is
  /// left out with it. 0 unless told otherwise; filters without an end count as 0, like Martlet's own.
  var reachFrames: Int { get }

  /// The stream that comes out: what the stage needs of `input` is checked here.
  ///
  /// Called before anything is read, when units and the rate may not be known yet, and again for every recording, when
  /// they are. Channels must not depend on units or rates. A rate that differs from the one that goes in needs a
  /// `Resample` behind the stage.
  ///
  /// - Throws: what the stage misses, which `check` reports like any other mistake of the pipeline.
  func output(for input: FrameStream) throws(StageMisfit) -> FrameStream

  /// What goes through the frames of one segment: an unbroken part of one recording. Each begins with a new processor, so
  /// that nothing is carried over a gap.
  ///
  /// - Parameter input: One that `output(for:)` accepted.
  func makeProcessor(for input: FrameStream) throws(StageMisfit) -> Processor
}

extension FrameStage {
  public static var name: String { "\(Self.self)" }
  public static var version: Int? { nil }
  public static var isCacheable: Bool { true }
  public var reachFrames: Int { 0 }
  public var ingestStep: IngestStep { .own(OwnStage(self)) }
}
