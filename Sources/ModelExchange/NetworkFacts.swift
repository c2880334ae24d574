import Foundation

/// What a network's user must know beside its numbers: what it is fed, and what its outputs mean.
///
/// Kept as texts in the metadata of safetensors and ONNX files, each under a key that begins with `martlet.`; lists are
/// JSON.
public struct NetworkFacts: Sendable, Hashable {
  /// Of martlet.
  public var version: String
  public var pipeline: String
  /// In the order of the network's outputs.
  public var classNames: [String]
  /// In the order of the network's input channels.
  public var channelNames: [String]
  public var channelUnits: [String?]
  public var sampleRateHz: Double
  public var windowSamples: Int
  public var hopSamples: Int
  /// Of the training subjects, by channel, in the channel's unit: `(x − mean) / deviation` is what the network is fed.
  /// Both empty where it is fed values as recorded.
  public var mean: [Double]
  public var deviation: [Double]

  public init(
    version: String, pipeline: String, classNames: [String], channelNames: [String], channelUnits: [String?],
    sampleRateHz: Double, windowSamples: Int, hopSamples: Int, mean: [Double], deviation: [Double]
  ) {
    self.version = version
    self.pipeline = pipeline
    self.classNames = classNames
    self.channelNames = channelNames
    self.channelUnits = channelUnits
    self.sampleRateHz = sampleRateHz
    self.windowSamples = windowSamples
    self.hopSamples = hopSamples
    self.mean = mean
    self.deviation = deviation
  }

  public var metadata: [String: String] {
    [
      "martlet.version": version, "martlet.pipeline": pipeline, "martlet.classes": Self.json(classNames),
      "martlet.channels": Self.json(channelNames), "martlet.units": Self.json(channelUnits),
      "martlet.sampleRateHz": Self.json(sampleRateHz), "martlet.windowSamples": "\(windowSamples)",
      "martlet.hopSamples": "\(hopSamples)", "martlet.mean": Self.json(mean), "martlet.deviation": Self.json(deviation),
    ]
  }

  /// - Returns: Nil where a key is missing or what stands under it cannot be meant.
  public init?(metadata: [String: String]) {
    func value<Value: Decodable>(_ key: String, _: Value.Type = Value.self) -> Value? {
      guard let text = metadata["martlet.\(key)"] else { return nil }
      return try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
    guard let version = metadata["martlet.version"], let pipeline = metadata["martlet.pipeline"],
      let classNames: [String] = value("classes"), let channelNames: [String] = value("channels"),
      let channelUnits: [String?] = value("units"), let sampleRateHz: Double = value("sampleRateHz"),
      let windowSamples: Int = value("windowSamples"), let hopSamples: Int = value("hopSamples"),
      let mean: [Double] = value("mean"), let deviation: [Double] = value("deviation")
    else { return nil }
    guard !classNames.isEmpty, !channelNames.isEmpty, channelUnits.count == channelNames.count, sampleRateHz > 0,
      windowSamples > 0, windowSamples <= 1 << 28, hopSamples > 0, mean.count == deviation.count,
      mean.isEmpty || mean.count == channelNames.count, deviation.allSatisfy({ $0 > 0 })
    else { return nil }
    self.init(
      version: version, pipeline: pipeline, classNames: classNames, channelNames: channelNames,
      channelUnits: channelUnits, sampleRateHz: sampleRateHz, windowSamples: windowSamples, hopSamples: hopSamples,
      mean: mean, deviation: deviation)
  }

  /// Names as a text of metadata.
  public static func text(_ names: [String]) -> String { json(names) }

  /// The names of a text of metadata; nil where it is none.
  public static func names(_ text: String) -> [String]? {
    try? JSONDecoder().decode([String].self, from: Data(text.utf8))
  }

  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("names and finite numbers can be written") }
    return String(decoding: data, as: UTF8.self)
  }
}
