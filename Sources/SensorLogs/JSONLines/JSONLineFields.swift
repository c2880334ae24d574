/// What each field of the objects of a file is for.
struct JSONLineFields {
  enum Use: Equatable {
    case channel(Int)
    case time
    /// A pair of whole numbers: seconds, and nanoseconds on top.
    case seconds
    case nanoseconds
    case label
    case segment
    case unused
  }

  /// Paths, their hashes and uses, in the order of the first object.
  var names: [String] = []
  var hashes: [UInt64] = []
  var uses: [Use] = []
  var channels: [Channel] = []

  /// nil until the first time tells.
  var timeUnit: TimeUnit?

  var hasTime: Bool { uses.contains(.time) || uses.contains(.seconds) }

  enum Failure: Error {
    case reason(LogReadError.Code)
    /// Fields that were asked for are not in this object; a later one may have them.
    case missing(LogReadError.Code)
  }

  /// - Parameter leaves: Of one object, in order, with the hashes of their paths.
  init(_ leaves: [MessageLeaf], hashes: [UInt64], options: LogReadOptions) throws(Failure) {
    // Of a field that the object has twice the first counts here.
    var known: Set<UInt64> = []
    var kinds: [MessageLeaf.Kind] = []
    for (leaf, hash) in zip(leaves, hashes) where known.insert(hash).inserted {
      names.append(leaf.path)
      self.hashes.append(hash)
      kinds.append(leaf.kind)
    }
    uses = Array(repeating: .unused, count: names.count)
    try assignTime(options)
    if let index = try find(options.labelColumn, default: "label") { uses[index] = .label }
    if let index = try find(options.segmentColumn, default: "segment") { uses[index] = .segment }
    try assignChannels(kinds, options)
  }

  private mutating func assignTime(_ options: LogReadOptions) throws(Failure) {
    if options.rateHz != nil, options.timeColumn == nil { return }
    var wanted = options.timeColumn
    if wanted == nil, case .field(let path) = options.time { wanted = path }
    if let wanted {
      if let index = names.firstIndex(of: wanted) { return assignTime(at: index, options) }
      if assignPair(under: { $0 == wanted }) { return }
      throw .missing(.unknownField(wanted, known: names))
    }
    if assignPair(under: { $0 == "header.stamp" || TableHeading.timeColumn([$0]) != nil }) { return }
    // Inside an object a time is one of that object's own, unless it was asked for.
    let outer = names.indices.filter { !names[$0].contains(".") && !names[$0].contains("[") }
    guard let found = TableHeading.timeColumn(outer.map { Channel(field: names[$0]).name }) else {
      throw .missing(.noTimeColumn(columns: names))
    }
    assignTime(at: outer[found], options)
  }

  private mutating func assignTime(at index: Int, _ options: LogReadOptions) {
    uses[index] = .time
    let channel = Channel(field: names[index])
    timeUnit =
      options.timeUnit ?? channel.unit.flatMap { TimeUnit(symbol: $0) } ?? TimeUnit(nameSuffix: channel.name)
  }

  private mutating func assignPair(under isTime: (String) -> Bool) -> Bool {
    for (seconds, name) in names.enumerated() {
      guard let dot = name.lastIndex(of: "."), isTime(String(name[..<dot])),
        ["sec", "secs", "seconds"].contains(name[name.index(after: dot)...])
      else { continue }
      let rest = ["nanosec", "nsec", "nsecs", "nanos", "nanoseconds"].map { name[..<dot] + "." + $0 }
      guard let nanoseconds = names.firstIndex(where: { rest.contains($0[...]) }) else { continue }
      uses[seconds] = .seconds
      uses[nanoseconds] = .nanoseconds
      return true
    }
    return false
  }

  private func find(_ wanted: String?, default name: String) throws(Failure) -> Int? {
    if let wanted {
      guard let index = names.firstIndex(of: wanted) else { throw .missing(.unknownField(wanted, known: names)) }
      if let role = role(of: index) {
        throw .reason(.invalidOption(ChannelChoice.taken(wanted, by: role, for: "the \(name)")))
      }
      return index
    }
    let found = names.firstIndex(of: name) ?? names.firstIndex { $0.lowercased() == name }
    return found.flatMap { uses[$0] == .unused ? $0 : nil }
  }

  /// What a field is taken for; nil where it can become a channel.
  private func role(of index: Int) -> String? {
    switch uses[index] {
    case .time, .seconds, .nanoseconds: "time"
    case .label: "label"
    case .segment: "segment"
    case .channel, .unused: nil
    }
  }

  private mutating func assignChannels(_ kinds: [MessageLeaf.Kind], _ options: LogReadOptions) throws(Failure) {
    var found: [Int] = []
    if let wanted = options.channels {
      for name in wanted {
        let matches = names.indices.filter {
          kinds[$0] == .number && (names[$0].isAt(orUnder: name) || Channel(field: names[$0]).name == name)
        }
        guard !matches.isEmpty else { throw .missing(.unknownField(name, known: names)) }
        // Of an object that was asked for, the rest is meant.
        let free = matches.filter { role(of: $0) == nil }
        if free.isEmpty, let role = role(of: matches[0]) {
          throw .reason(.invalidOption(ChannelChoice.taken(names[matches[0]], by: role)))
        }
        found += free
      }
      if let repeated = ChannelChoice.repeated(found) {
        throw .reason(.invalidOption(ChannelChoice.twice(names[repeated])))
      }
    } else {
      // A time that was not asked for is no channel either when a rate was given instead.
      let unusedTime = hasTime ? nil : TableHeading.timeColumn(names.map { Channel(field: $0).name })
      found = names.indices.filter { kinds[$0] == .number && uses[$0] == .unused && $0 != unusedTime }
    }
    guard !found.isEmpty else { throw .missing(.noChannels) }
    guard found.count <= options.maximumChannels else {
      throw .reason(.tooManyChannels(count: found.count, limit: options.maximumChannels))
    }
    for index in found {
      var channel = Channel(field: names[index])
      channel.unit = options.units[channel.name] ?? channel.unit
      uses[index] = .channel(channels.count)
      channels.append(channel)
    }
  }
}

extension Channel {
  /// Splits `name[unit]` as headings do; a number in brackets is an index and part of the name.
  fileprivate init(field: String) {
    let parsed = Channel(heading: field)
    let isIndex = parsed.unit.map { $0.utf8.allSatisfy { (48...57).contains($0) } } ?? false
    self = isIndex ? Channel(name: field) : parsed
  }
}
