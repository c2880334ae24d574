/// Which channels share their frames, in formats whose signals have rates of their own.
enum CommonRate {
  /// The channels that are asked for; else those of the rate that most have, the higher one of equals.
  ///
  /// - Throws: where those asked for have different rates.
  static func choose(
    _ channels: [Channel], rates: [Double], options: LogReadOptions, notes: inout [LogNote], path: String
  ) throws(LogReadError) -> [Int] {
    var options = options
    if options.channels == nil {
      var counts: [Double: Int] = [:]
      for rate in rates { counts[rate, default: 0] += 1 }
      guard let best = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else {
        throw LogReadError(.noChannels, path: path)
      }
      let left = rates.indices.filter { rates[$0] != best }.map { "\(channels[$0].name) (\(rates[$0]) Hz)" }
      if !left.isEmpty {
        let shown = left.prefix(12).joined(separator: ", ")
        let more = left.count > 12 ? " and \(left.count - 12) more" : ""
        notes.append(LogNote(.channelsLeftOut, detail: "\(shown)\(more); frames have \(best) Hz"))
      }
      options.channels = rates.indices.filter { rates[$0] == best }.map { channels[$0].name }
    }
    let chosen = try ChannelChoice.indices(of: channels, options: options, path: path)
    guard chosen.allSatisfy({ rates[$0] == rates[chosen[0]] }) else {
      throw LogReadError(
        .ratesDiffer(channels: chosen.map { "\(channels[$0].name) (\(rates[$0]) Hz)" }), path: path)
    }
    return chosen
  }
}
