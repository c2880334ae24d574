/// What one leaf of a message is used for.
enum LeafUse: Equatable {
  case unused
  case channel(Int)
  /// Seconds, and nanoseconds on top, of the frame's time.
  case seconds
  case nanoseconds
  /// A scalar that is the whole time.
  case time
  case segment
  case label
}

/// One leaf of a message as its first message shows it.
struct MessageLeaf {
  enum Kind {
    case number
    case text
  }

  /// Names joined by dots, indices in brackets: `header.stamp.sec`, `ranges[3]`.
  var path: String
  var kind: Kind
  var isInteger = false

  /// Part of a stamp or duration, or of a message header: bookkeeping rather than measurement.
  var isBookkeeping = false
}

/// Bounds the names of leaves: each stands once for every leaf below it, so that one long name and a long array would
/// fill the memory.
struct LeafPathLimit {
  static let maximumPathBytes = 4096
  static let maximumTotalBytes = 4 << 20
  static let sentence = "the names of its fields are too long: one path has more than 4096 bytes, or all have 4 MiB"

  private var totalBytes = 0

  /// - Returns: false where the path, or all together, are too long.
  mutating func admit(_ bytes: Int) -> Bool {
    guard bytes <= Self.maximumPathBytes, totalBytes + bytes <= Self.maximumTotalBytes else { return false }
    totalBytes += bytes
    return true
  }
}

/// What to take from the messages of a topic.
struct FieldSelection {
  var channels: [String]?
  var time: MessageTime = .log
  var segmentField: String?
  var labelField: String?
  var maximumChannels: Int
  var isImu = false

  /// Only the label is wanted: `labelField`, else the first text, else the first number.
  var isLabelTopic = false

  /// Channel names are those of text tables, so that recordings of both kinds can be used together.
  static let imuChannels: [(path: String, name: String, unit: String)] = [
    ("linear_acceleration.x", "acc_x", "m/s2"), ("linear_acceleration.y", "acc_y", "m/s2"),
    ("linear_acceleration.z", "acc_z", "m/s2"), ("angular_velocity.x", "gyro_x", "rad/s"),
    ("angular_velocity.y", "gyro_y", "rad/s"), ("angular_velocity.z", "gyro_z", "rad/s"),
  ]

  enum Failure: Error {
    case unknownField(String)
    case tooManyChannels(Int)
    case noChannels
    /// What was asked for contradicts itself.
    case impossible(String)
  }

  /// The use of every leaf, and the channels in order.
  func assign(_ leaves: [MessageLeaf]) throws(Failure) -> (uses: [LeafUse], channels: [Channel]) {
    var uses = [LeafUse](repeating: .unused, count: leaves.count)
    if isLabelTopic {
      uses[try labelLeaf(leaves)] = .label
      return (uses, [])
    }
    if case .field(let path) = time { try assignTime(path, leaves, &uses) }
    if let index = try find(segmentField, default: "segment", .number, leaves) {
      if segmentField != nil { try refuse(leaves[index], uses[index], for: "the segment") }
      if uses[index] == .unused { uses[index] = .segment }
    }
    if let index = try find(labelField, default: "label", nil, leaves) {
      if labelField != nil { try refuse(leaves[index], uses[index], for: "the label") }
      if uses[index] == .unused { uses[index] = .label }
    }
    var channels: [Channel] = []
    func take(_ index: Int, _ channel: Channel) {
      uses[index] = .channel(channels.count)
      channels.append(channel)
    }
    if let wanted = self.channels {
      for name in wanted {
        let imu = isImu ? Self.imuChannels.first { $0.name == name || $0.path == name } : nil
        let path = imu?.path ?? name
        let found = leaves.indices.filter { leaves[$0].kind == .number && leaves[$0].path.isAt(orUnder: path) }
        if found.isEmpty { throw .unknownField(name) }
        guard channels.count + found.count <= maximumChannels else { throw .tooManyChannels(found.count) }
        // Of an object that was asked for, the rest is meant.
        let free = found.filter { role(uses[$0]) == nil }
        if free.isEmpty { try refuse(leaves[found[0]], uses[found[0]], for: "a channel") }
        for index in free {
          if case .channel = uses[index] { throw .impossible(ChannelChoice.twice(name)) }
          take(index, Channel(name: imu == nil ? leaves[index].path : name, unit: imu?.unit))
        }
      }
    } else if isImu, let imu = imuLeaves(leaves) {
      for (index, entry) in zip(imu, Self.imuChannels) { take(index, Channel(name: entry.name, unit: entry.unit)) }
    } else {
      let rest = leaves.indices.filter {
        leaves[$0].kind == .number && uses[$0] == .unused && !leaves[$0].isBookkeeping
      }
      guard rest.count <= maximumChannels else { throw .tooManyChannels(rest.count) }
      for index in rest { take(index, Channel(name: leaves[index].path)) }
    }
    if channels.isEmpty { throw .noChannels }
    return (uses, channels)
  }

  /// What a leaf is taken for; nil where it can become a channel.
  private func role(_ use: LeafUse) -> String? {
    switch use {
    case .time, .seconds, .nanoseconds: "time"
    case .label: "label"
    case .segment: "segment"
    case .channel, .unused: nil
    }
  }

  private func refuse(_ leaf: MessageLeaf, _ use: LeafUse, for wanted: String) throws(Failure) {
    if let role = role(use) { throw .impossible(ChannelChoice.taken(leaf.path, by: role, for: wanted)) }
  }

  private func labelLeaf(_ leaves: [MessageLeaf]) throws(Failure) -> Int {
    if let labelField {
      guard let index = leaves.firstIndex(where: { $0.path == labelField }) else { throw .unknownField(labelField) }
      return index
    }
    func first(_ kind: MessageLeaf.Kind) -> Int? { leaves.firstIndex { $0.kind == kind && !$0.isBookkeeping } }
    guard let index = first(.text) ?? first(.number) else { throw .noChannels }
    return index
  }

  private func imuLeaves(_ leaves: [MessageLeaf]) -> [Int]? {
    let found = Self.imuChannels.compactMap { entry in leaves.firstIndex { $0.path == entry.path } }
    return found.count == Self.imuChannels.count ? found : nil
  }

  private func assignTime(_ path: String, _ leaves: [MessageLeaf], _ uses: inout [LeafUse]) throws(Failure) {
    if let index = leaves.firstIndex(where: { $0.path == path && $0.kind == .number }) {
      uses[index] = .time
      return
    }
    func part(_ names: [String]) -> Int? {
      leaves.firstIndex { leaf in leaf.kind == .number && names.contains { leaf.path == "\(path).\($0)" } }
    }
    guard let seconds = part(["sec", "secs", "seconds"]),
      let nanoseconds = part(["nanosec", "nsec", "nsecs", "nanos", "nanoseconds"])
    else { throw .unknownField(path) }
    uses[seconds] = .seconds
    uses[nanoseconds] = .nanoseconds
  }

  private func find(
    _ wanted: String?, default name: String, _ kind: MessageLeaf.Kind?, _ leaves: [MessageLeaf]
  ) throws(Failure) -> Int? {
    let path = wanted ?? name
    let found = leaves.firstIndex { $0.path == path && (kind == nil || $0.kind == kind) }
    if found == nil, wanted != nil { throw .unknownField(path) }
    return found
  }
}

extension String {
  /// Whether this path is `path` itself or lies inside it.
  func isAt(orUnder path: String) -> Bool {
    guard hasPrefix(path) else { return false }
    let rest = dropFirst(path.count)
    return rest.isEmpty || rest.first == "." || rest.first == "["
  }
}

/// What decoding one message gave. It is written and read in turn for every message, which needs no checks for overlap.
final class MessageCapture {
  let values: UnsafeMutableBufferPointer<Double>
  /// nil where the message does not say, as a JSON message may leave its time out.
  @exclusivity(unchecked) var seconds: Int64?
  @exclusivity(unchecked) var nanoseconds: Int64?
  @exclusivity(unchecked) var segment: Int64 = 0
  /// Nanoseconds, from a scalar time.
  @exclusivity(unchecked) var time: Int64 = 0
  @exclusivity(unchecked) var hasTime = false
  @exclusivity(unchecked) var labelText: UnsafeBufferPointer<UInt8>?
  @exclusivity(unchecked) var labelNumber: Int64?
  /// Unescaped label text, where it does not stand in the message as such.
  var scratch: [UInt8] = []
  @exclusivity(unchecked) var missingValues = 0

  init(channelCount: Int) {
    values = .allocate(capacity: max(1, channelCount))
    values.initialize(repeating: .nan)
  }

  deinit {
    values.deallocate()
  }

  func begin() {
    hasTime = false
    seconds = nil
    nanoseconds = nil
    segment = 0
    labelText = nil
    labelNumber = nil
    missingValues = 0
  }
}

/// Decodes the messages of one channel.
protocol MessageDecoder: AnyObject {
  var channels: [Channel] { get }
  var leaves: [MessageLeaf] { get }
  var usesLabel: Bool { get }
  var usesSegment: Bool { get }

  /// nil: decoded. Otherwise what is wrong with the message.
  func decode(_ payload: UnsafeRawBufferPointer, into capture: MessageCapture) -> LogLoss.Code?
}
