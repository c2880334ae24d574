public import PipelineModel
public import PipelineRunner

/// The windows that a pipeline cuts, with what it found on the way.
public struct CollectedWindows: Sendable {
  public struct Window: Sendable, Hashable {
    public var recording: String
    public var startNanoseconds: Int64
    public var endNanoseconds: Int64
    public var label: String
    /// Frame-major, `length × channels` values as recorded: neither normalised nor rotated.
    public var values: [Float]
  }

  public var windows: [Window]
  public var channelNames: [String]
  public var channelUnits: [String?]
  public var sampleRateHz: Double
  /// Counts of all that was lost or wrong.
  public var summary: IngestSummary

  /// Reads the recordings of a pipeline and cuts its windows; nothing is trained.
  public init(of pipeline: Pipeline) throws(RunError) {
    let run: PipelineRun
    do {
      run = PipelineRun(try pipeline.checked())
    } catch {
      throw .invalidPipeline(error)
    }
    var found: [(StreamedWindow, [Float])] = []
    let streamed = try run.forEachWindow { window, values in
      found.append((window, values.indices.map { values[$0] }))
    }
    windows = found.map { window, values in
      Window(
        recording: streamed.paths[window.recording].split(separator: "/").last.map(String.init) ?? "",
        startNanoseconds: window.startNanoseconds, endNanoseconds: window.endNanoseconds,
        label: streamed.labelNames[window.label], values: values)
    }
    channelNames = streamed.channelNames
    channelUnits = streamed.channelUnits
    sampleRateHz = streamed.sampleRateHz
    summary = streamed.summary
  }

  /// The values of one channel in a window.
  ///
  /// - Precondition: There is a channel of that name.
  public func values(of name: String, in window: Int) -> [Float] {
    guard let index = channelNames.firstIndex(of: name) else {
      preconditionFailure("windows have no channel \"\(name)\"; they have \(channelNames.joined(separator: ", "))")
    }
    let values = windows[window].values
    return stride(from: index, to: values.count, by: channelNames.count).map { values[$0] }
  }
}
