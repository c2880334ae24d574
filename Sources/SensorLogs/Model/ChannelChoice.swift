/// Which of a recording's channels become the values of a frame.
enum ChannelChoice {
  /// The channels that the options ask for, in their order, as indices; all where they ask for none.
  ///
  /// - Parameter channels: With names that differ.
  static func indices(
    of channels: [Channel], options: LogReadOptions, path: String
  ) throws(LogReadError) -> [Int] {
    var chosen = Array(channels.indices)
    if let wanted = options.channels {
      chosen = []
      for name in wanted {
        guard let index = channels.firstIndex(where: { $0.name == name }) else {
          throw LogReadError(.unknownField(name, known: channels.map(\.name)), path: path)
        }
        chosen.append(index)
      }
      if let repeated = repeated(chosen) {
        throw LogReadError(.invalidOption(twice(channels[repeated].name)), path: path)
      }
    }
    guard !chosen.isEmpty else { throw LogReadError(.noChannels, path: path) }
    guard chosen.count <= options.maximumChannels else {
      throw LogReadError(.tooManyChannels(count: chosen.count, limit: options.maximumChannels), path: path)
    }
    return chosen
  }

  /// The first that comes a second time; nil where all differ.
  static func repeated(_ indices: [Int]) -> Int? {
    var known: Set<Int> = []
    return indices.first { !known.insert($0).inserted }
  }

  /// A frame has a value once: a second place for it would stay empty.
  static func twice(_ name: String) -> String { "channel '\(name.shortened(to: 60))' is asked for twice; name it once" }

  static func taken(_ name: String, by role: String, for wanted: String = "a channel") -> String {
    "'\(name.shortened(to: 60))' is the \(role) and cannot be \(wanted) too; name another, or let another be the \(role)"
  }

  /// Channels with the units that the options say.
  static func withUnits(_ channels: [Channel], options: LogReadOptions) -> [Channel] {
    channels.map { channel in
      var channel = channel
      channel.unit = options.units[channel.name] ?? channel.unit
      return channel
    }
  }

  /// Later channels of the same name get `.2`, `.3` and so on; those without one `channel`.
  static func unique(_ channels: [Channel]) -> [Channel] {
    var taken: Set<String> = []
    var nextNumbers: [String: Int] = [:]
    return channels.map { channel in
      var channel = channel
      if channel.name.isEmpty { channel.name = "channel" }
      let name = channel.name
      if taken.insert(name).inserted { return channel }
      var number = nextNumbers[name] ?? 2
      while !taken.insert("\(name).\(number)").inserted { number += 1 }
      nextNumbers[name] = number + 1
      channel.name = "\(name).\(number)"
      return channel
    }
  }
}
