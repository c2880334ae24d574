/// What a test expects to find behind a stage. Everything that is written must hold.
public struct Expect: Sendable, Hashable {
  /// The stage to look behind.
  public var stage: TestStage
  /// Whose recordings; `nil` looks at all.
  public var subject: String?
  /// How many frames there are.
  public var frames: CountCheck?
  /// How many windows there are.
  public var windows: CountCheck?
  /// The usual rate of frames.
  public var hertz: NumberCheck?
  /// The channels, in order.
  public var channels: [String]?
  /// The label of each window, in order; behind earlier stages, each label that differs from that of the frame before.
  public var labels: [String]?
  /// The only window whose values count, from 0.
  public var window: Int?
  /// The only channel whose values count.
  public var channel: String?
  /// The first moment whose values count, in seconds since the first frame of the recording or of the window.
  public var from: Double?
  /// The first moment whose values count no more.
  public var to: Double?
  /// The first values of that channel; of several, frame by frame.
  public var values: [FedValue]?
  /// The times of the first frames, in seconds since the recording began.
  public var times: [Double]?
  public var mean: NumberCheck?
  /// The root of the mean of the values' squares.
  public var rms: NumberCheck?
  public var minimum: NumberCheck?
  public var maximum: NumberCheck?
  /// What was found wrong, all of it, and how many frames and windows were left out.
  public var found: [Finding]?
  /// A part of the sentence with which the recordings are refused.
  public var error: String?
  /// A layer of the model, as `explain` names it.
  public var layer: String?
  /// Frames and channels that the layer gives.
  public var shape: [Int]?
  /// Of the whole model.
  public var parameters: CountCheck?
  /// Of one window's forward pass.
  public var multiplyAccumulates: CountCheck?
  /// What training takes, everything writable included.
  public var arena: SizeCheck?
  /// A file beside the pipeline file that holds what is expected; `martlet test --update` writes it.
  public var golden: String?
  /// How far numbers may lie from what is written.
  public var tolerance: Double

  public init(
    after stage: TestStage = .window, subject: String? = nil, frames: CountCheck? = nil, windows: CountCheck? = nil,
    hertz: NumberCheck? = nil, channels: [String]? = nil, labels: [String]? = nil, window: Int? = nil,
    channel: String? = nil, from: Double? = nil, to: Double? = nil, values: [FedValue]? = nil,
    times: [Double]? = nil, mean: NumberCheck? = nil, rms: NumberCheck? = nil, minimum: NumberCheck? = nil,
    maximum: NumberCheck? = nil, found: [Finding]? = nil, error: String? = nil, layer: String? = nil,
    shape: [Int]? = nil, parameters: CountCheck? = nil, multiplyAccumulates: CountCheck? = nil,
    arena: SizeCheck? = nil, golden: String? = nil, tolerance: Double = 1e-6
  ) {
    self.stage = stage
    self.subject = subject
    self.frames = frames
    self.windows = windows
    self.hertz = hertz
    self.channels = channels
    self.labels = labels
    self.window = window
    self.channel = channel
    self.from = from
    self.to = to
    self.values = values
    self.times = times
    self.mean = mean
    self.rms = rms
    self.minimum = minimum
    self.maximum = maximum
    self.found = found
    self.error = error
    self.layer = layer
    self.shape = shape
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.arena = arena
    self.golden = golden
    self.tolerance = tolerance
  }
}

extension Expect {
  /// The arguments in use that look at what was fed, in the order in which they are checked.
  public var dataArguments: [String] {
    let written: [(String, Bool)] = [
      ("frames", frames != nil), ("windows", windows != nil), ("hertz", hertz != nil), ("channels", channels != nil),
      ("labels", labels != nil), ("values", values != nil), ("times", times != nil), ("mean", mean != nil),
      ("rms", rms != nil), ("minimum", minimum != nil), ("maximum", maximum != nil), ("found", found != nil),
      ("golden", golden != nil),
    ]
    return written.filter(\.1).map(\.0)
  }

  /// The arguments in use that look at the model and at its training.
  public var modelArguments: [String] {
    let written: [(String, Bool)] = [
      ("layer", layer != nil), ("shape", shape != nil), ("parameters", parameters != nil),
      ("multiplyAccumulates", multiplyAccumulates != nil), ("arena", arena != nil),
    ]
    return written.filter(\.1).map(\.0)
  }

  /// The arguments in use that choose values, and are nothing without any.
  var valueArguments: [String] {
    let written: [(String, Bool)] = [
      ("values", values != nil), ("mean", mean != nil), ("rms", rms != nil), ("minimum", minimum != nil),
      ("maximum", maximum != nil),
    ]
    return written.filter(\.1).map(\.0)
  }
}

extension Expect: PipelineNode {
  static let schema = NodeSchema(
    "Expect", blank: Expect(), phase: 0, isRepeatable: true, example: "Expect(windows: 3)",
    "What is to be found behind a stage.",
    fields: [
      .optional("after", \.stage, "The stage to look behind."),
      .optional("subject", \.subject, "Whose recordings; all if left out."),
      .optional("frames", \.frames, "How many frames there are."),
      .optional("windows", \.windows, "How many windows there are."),
      .optional("hertz", \.hertz, unit: "Hz", "The usual rate of frames."),
      .optional("channels", \.channels, "The channels, in order."),
      .optional("labels", \.labels, "The label of each window, in order."),
      .optional("window", \.window, limits: .within(0...1_000_000), "The only window whose values count, from 0."),
      .optional("channel", \.channel, "The only channel whose values count."),
      .optional("from", \.from, unit: "seconds", limits: .within(0...86_400), "The first moment that counts."),
      .optional("to", \.to, unit: "seconds", limits: .above(0, to: 86_400), "The first moment that counts no more."),
      .optional("values", \.values, "The first values."),
      .optional("times", \.times, unit: "seconds", "The times of the first frames."),
      .optional("mean", \.mean, "The mean of the values."),
      .optional("rms", \.rms, "The root of the mean of their squares."),
      .optional("minimum", \.minimum, "The lowest value."),
      .optional("maximum", \.maximum, "The highest value."),
      .optional("found", \.found, "All that is found wrong, and what is left out."),
      .optional("error", \.error, "A part of the sentence with which recordings are refused."),
      .optional("layer", \.layer, "A layer of the model."),
      .optional("shape", \.shape, limits: .within(1...1_000_000), "Frames and channels that the layer gives."),
      .optional("parameters", \.parameters, "Weights and biases of the model."),
      .optional("multiplyAccumulates", \.multiplyAccumulates, "Of one window's forward pass."),
      .optional("arena", \.arena, "What training takes."),
      .optional("golden", \.golden, "A file that holds what is expected."),
      .optional("tolerance", \.tolerance, limits: .within(0...1e12), "How far numbers may lie from what is written."),
    ])
}

extension Expect: TestStepConvertible {
  public var testStep: TestStep { .expect(self) }
}
