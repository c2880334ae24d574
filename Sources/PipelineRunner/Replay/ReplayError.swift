/// Why a recording cannot be played into a model or a pipeline.
public enum ReplayError: Error, Sendable, Hashable {
  case channelsDiffer(path: String, expected: [String], found: [String])
  case unitsDiffer(path: String, channel: String, expected: String, found: String)
  /// The model expects another rate, and the pipeline does not resample.
  case rateDiffers(path: String, expectedHz: Double, foundHz: Double)
  /// The model was made by another pipeline than the one beside it.
  case modelOfOtherPipeline(what: String, model: Int, pipeline: Int)
  /// The model cannot be applied, or not with the weights asked for.
  case model(ModelFile.ReadError)
}

extension ReplayError {
  /// The process's exit status, after sysexits.
  var exitStatus: Int32 { 65 }
}

extension ReplayError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .channelsDiffer(let path, let expected, let found):
      "\(path): has channels \(Self.list(found)) where the model learned from \(Self.list(expected)); "
        + "replay a recording of the same sensor, or name the channels in Read(channels:) and run the pipeline again"
    case .unitsDiffer(let path, let channel, let expected, let found):
      "\(path): '\(channel)' is in \(found), and the model learned from \(expected); convert the recording first, "
        + "units are never mixed silently"
    case .rateDiffers(let path, let expected, let found):
      "\(path): recorded at about \(found.wholeOrAsIs) Hz, and the model learned from about "
        + "\(expected.wholeOrAsIs) Hz; add Resample(hertz:) to the pipeline and run it again"
    case .modelOfOtherPipeline(let what, let model, let pipeline):
      "the model has \(model) \(what) and the pipeline beside it \(pipeline); give the folder of one run, unchanged"
    case .model(let error): error.description
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty
      ? "none" : names.prefix(12).map { "'\($0.printable)'" }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }
}
