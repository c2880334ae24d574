extension Ingest {
  /// The number of channels that windows have, if the pipeline names them.
  var channelCount: Int? { channelNames()?.count }

  /// The channels that windows have, if the pipeline names them.
  ///
  /// - Parameter end: Only the steps before this one count.
  public func channelNames(before end: Int? = nil) -> [String]? {
    var names = reads.lazy.compactMap(\.channels).first
    for step in steps.prefix(end ?? steps.count) {
      switch step {
      case .gravity(let gravity): names?.append(contentsOf: gravity.addedChannels)
      case .select(let select): names = select.channels
      default: break
      }
    }
    return names
  }

  /// The number of channels that windows have when so many are read.
  public func channelCount(ofRead count: Int) -> Int {
    conditioning.reduce(count) { count, step in
      switch step {
      case .gravity(let gravity): count + gravity.addedChannels.count
      case .select(let select): select.channels.count
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
      case .median, .filter, .gravity, .select, .resample: true
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
