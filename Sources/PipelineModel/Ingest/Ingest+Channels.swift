extension Ingest {
  /// The number of channels that windows have, if the pipeline names them.
  var channelCount: Int? { channelNames()?.count }

  /// The channels that windows have, if the pipeline names them.
  ///
  /// - Parameter end: Only the steps before this one count.
  public func channelNames(before end: Int? = nil) -> [String]? {
    // What is selected is known even where what is read is not.
    let prefix = steps.prefix(end ?? steps.count)
    var stream: FrameStream? = readStream
    for step in prefix {
      if case .select(let select) = step {
        stream = try? (stream ?? FrameStream(channels: select.channels)).after(step)
      } else {
        stream = try? stream?.after(step)
      }
    }
    return stream?.channelNames
  }

  /// What is known of the stream that is read, if the pipeline names its channels.
  var readStream: FrameStream? {
    guard let names = reads.lazy.compactMap(\.channels).first else { return nil }
    return FrameStream(
      names.map { name in
        FrameStream.Channel(name, unit: conversions.first { $0.channels.contains(name) }?.unit)
      })
  }

  /// The channels that windows have when these are read.
  ///
  /// - Throws: where a stage of the program's own does not take them.
  public func channelNames(ofRead names: [String]) throws(StageMisfit) -> [String] {
    var stream = FrameStream(channels: names)
    for step in conditioning { stream = try stream.after(step) }
    return stream.channelNames
  }

  /// The number of channels that windows have when so many are read.
  public func channelCount(ofRead count: Int) -> Int {
    conditioning.reduce(count) { count, step in
      switch step {
      case .gravity(let gravity): count + gravity.addedChannels.count
      case .select(let select): select.channels.count
      case .own(let own):
        (try? own.output(for: FrameStream(channels: (0..<count).map { "channel \($0)" })))?.channels.count ?? count
      default: count
      }
    }
  }

  /// The channels that windows have, and where they are named.
  func namedChannels(at path: PipelinePath) -> (names: [String], path: PipelinePath)? {
    guard let names = channelNames() else { return nil }
    let select = steps.lastIndex { if case .select = $0 { true } else { false } }
    let read = index { step in
      guard case .read(let read) = step else { return false }
      return read.channels != nil
    }
    return (select ?? read).map { (names, path.child($0).parameter("channels")) }
  }

  /// The steps that make new values of the frames' values, in the order in which they stand.
  public var conditioning: [IngestStep] {
    steps.filter { step in
      switch step {
      case .median, .filter, .gravity, .select, .resample, .own: true
      default: false
      }
    }
  }

  public var conversions: [Convert] { steps.compactMap { if case .convert(let step) = $0 { step } else { nil } } }
  public var saturations: [Saturation] {
    steps.compactMap { if case .saturation(let step) = $0 { step } else { nil } }
  }
  public var stucks: [Stuck] { steps.compactMap { if case .stuck(let step) = $0 { step } else { nil } } }

  /// Channels that a recording may lack, with the value that stands for them.
  public var optionalChannels: [String: Double] {
    var values: [String: Double] = [:]
    for case .optionalChannels(let step) in steps {
      for name in step.names { values[name] = step.value }
    }
    return values
  }
}
