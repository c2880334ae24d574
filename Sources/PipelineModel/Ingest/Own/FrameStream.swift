/// What is known of a stream of frames: its channels, their units, its rate.
public struct FrameStream: Sendable, Hashable {
  /// One measured quantity.
  public struct Channel: Sendable, Hashable {
    public var name: String
    /// As text, such as `m/s2`; `nil` where nothing states it, or only the recording does and it is not read yet.
    public var unit: String?

    public init(_ name: String, unit: String? = nil) {
      self.name = name
      self.unit = unit
    }
  }

  public var channels: [Channel]
  /// Frames a second; `nil` where only the recording tells and it is not read yet.
  public var hertz: Double?

  public init(_ channels: [Channel], hertz: Double? = nil) {
    self.channels = channels
    self.hertz = hertz
  }

  public init(channels names: [String], hertz: Double? = nil) {
    self.init(names.map { Channel($0) }, hertz: hertz)
  }

  public var channelNames: [String] { channels.map(\.name) }

  /// The same stream with one channel more, behind the others.
  public func adding(_ name: String, unit: String? = nil) -> FrameStream {
    FrameStream(channels + [Channel(name, unit: unit)], hertz: hertz)
  }

  /// The place of a channel in a frame.
  ///
  /// - Parameter unit: The unit that it must be in, in any spelling; one that nothing states will do. `nil` asks for none.
  public func index(of name: String, in unit: String? = nil) throws(StageMisfit) -> Int {
    guard let index = channels.firstIndex(where: { $0.name == name }) else {
      throw .missingChannel(name, nearest: nearestName(to: name, in: channelNames), known: channelNames)
    }
    guard let unit, let found = channels[index].unit, found != unit else { return index }
    if let one = MeasurementUnit(found), let other = MeasurementUnit(unit), one == other { return index }
    throw .wrongUnit(channel: name, needed: unit, found: found)
  }

  /// The places of channels, in the order of the names.
  public func indices(of names: [String], in unit: String? = nil) throws(StageMisfit) -> [Int] {
    var indices: [Int] = []
    for name in names { indices.append(try index(of: name, in: unit)) }
    return indices
  }
}

extension FrameStream {
  /// What comes out of a step that this stream goes into; steps that only judge frames leave it as it is.
  ///
  /// Channels that a step of Martlet's names and that are not there are left to the checks of that step.
  package func after(_ step: IngestStep) throws(StageMisfit) -> FrameStream {
    switch step {
    case .gravity(let gravity):
      let units = gravity.channels.map { name in channels.first { $0.name == name }?.unit }
      return FrameStream(
        channels + zip(gravity.addedChannels, units + units).map { Channel($0, unit: $1) }, hertz: hertz)
    case .select(let select):
      return FrameStream(
        select.channels.map { name in channels.first { $0.name == name } ?? Channel(name) }, hertz: hertz)
    case .resample(let resample):
      return FrameStream(channels, hertz: resample.hertz)
    case .own(let own):
      return try own.output(for: self)
    default:
      return self
    }
  }
}
