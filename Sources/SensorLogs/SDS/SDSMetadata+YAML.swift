import Yams

extension SDSMetadata {
  /// Reads a metadata file.
  ///
  /// - Throws: ``LogReadError/Code/malformedHeader(reason:)`` with the entry that cannot be used.
  init(yaml bytes: [UInt8], path: String, maximumChannels: Int) throws(LogReadError) {
    func fail(_ reason: String) -> LogReadError { LogReadError(.malformedHeader(reason: reason), path: path) }
    let root: Node?
    do {
      root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw fail("it is no YAML: \("\(error)".split(separator: "\n").joined(separator: " ").shortened(to: 160))")
    }
    guard let sds = root?.mapping?["sds"]?.mapping else { throw fail("there is no entry 'sds'") }
    name = sds["name"]?.string ?? ""
    blockHz = try Self.rate("block-frequency", of: sds, fail)
    sampleHz = try Self.rate("sample-frequency", of: sds, fail)
    if sampleHz == nil { sampleHz = try Self.rate("frequency", of: sds, fail) }
    if let stated = try Self.rate("tick-frequency", of: sds, fail) { tickHz = stated }
    guard let content = sds["content"]?.sequence, !content.isEmpty else { throw fail("'content' lists no values") }
    var packing = BitPacking()
    for entry in content {
      guard let entry = entry.mapping else { throw fail("an entry of 'content' is no list of properties") }
      try add(entry, &packing, maximumChannels: maximumChannels, fail)
    }
    guard sampleBytes > 0 else { throw fail("a sample has no bytes") }
    let own = root?.mapping?["martlet"]?.mapping
    labelNames = (own?["labels"]?.sequence?.prefix(4096)).map { $0.compactMap(\.string) } ?? []
    startTime = own?["start-ns"]?.string.flatMap { Int64($0) } ?? 0
  }

  /// Where the next bit field goes: fields of one type share a number, from its lowest bit up.
  private struct BitPacking {
    var type: BinaryNumber?
    var byteOffset = 0
    var usedBits = 0
  }

  private mutating func add(
    _ entry: Node.Mapping, _ packing: inout BitPacking, maximumChannels: Int, _ fail: (String) -> LogReadError
  ) throws(LogReadError) {
    if let audio = entry["audio"]?.mapping {
      packing.type = nil
      return try addAudio(audio, maximumChannels: maximumChannels, fail)
    }
    guard entry["image"] == nil else { throw fail("images are no sensor frames") }
    guard let name = entry["value"]?.string, let typeText = entry["type"]?.string else {
      throw fail("an entry of 'content' has no value and type")
    }
    let parts = typeText.split(separator: ":", maxSplits: 1).map { String($0).trimmingSpaces() }
    guard let first = parts.first, let type = Self.types[first] else {
      throw fail("value '\(name)' has the unknown type '\(typeText)'")
    }
    var field = Field(name: name, type: type, byteOffset: sampleBytes, unit: entry["unit"]?.string)
    field.scale = try Self.number("scale", of: entry, fail) ?? 1
    field.offset = try Self.number("offset", of: entry, fail) ?? 0
    let columns = try Self.size("dim-x", of: entry, fail)
    let rows = try Self.size("dim-y", of: entry, fail)
    let count = columns * rows
    guard count <= maximumChannels, fields.count + count <= maximumChannels else {
      throw fail("a sample has more than \(maximumChannels) values")
    }
    if parts.count == 2 {
      guard let bits = Int(parts[1]), bits >= 1, bits <= type.byteCount * 8, !type.isFloatingPoint, count == 1 else {
        throw fail("value '\(name)' has the impossible bit field '\(typeText)'")
      }
      if packing.type != type || packing.usedBits + bits > type.byteCount * 8 {
        packing = BitPacking(type: type, byteOffset: sampleBytes, usedBits: 0)
        sampleBytes += type.byteCount
      }
      field.byteOffset = packing.byteOffset
      field.bits = (packing.usedBits, bits)
      packing.usedBits += bits
      fields.append(field)
      return
    }
    packing.type = nil
    for index in 0..<count {
      var element = field
      element.byteOffset = sampleBytes
      if count > 1 { element.name += rows > 1 ? ".\(index / columns).\(index % columns)" : ".\(index)" }
      fields.append(element)
      sampleBytes += type.byteCount
    }
    guard sampleBytes <= Self.maximumSampleBytes else { throw fail("a sample is larger than 1 MiB") }
  }

  private mutating func addAudio(
    _ audio: Node.Mapping, maximumChannels: Int, _ fail: (String) -> LogReadError
  ) throws(LogReadError) {
    let types: [Int: BinaryNumber] = [8: .int8, 16: .int16, 24: .int24, 32: .int32]
    guard let bits = audio["bit-depth"]?.int, let type = types[bits], let count = audio["audio-channels"]?.int,
      count >= 1, count <= maximumChannels - fields.count
    else { throw fail("audio needs a bit-depth of 8, 16, 24 or 32 and its number of channels") }
    if let rate = try Self.rate("sample-frequency", of: audio, fail) { sampleHz = rate }
    for index in 0..<count {
      let name = count == 1 ? "audio" : "audio.\(index)"
      fields.append(Field(name: name, type: type, byteOffset: sampleBytes))
      sampleBytes += type.byteCount
    }
  }

  private static func number(
    _ key: String, of entry: Node.Mapping, _ fail: (String) -> LogReadError
  ) throws(LogReadError) -> Double? {
    guard let node = entry[key] else { return nil }
    guard let text = node.string, let value = Double(text), value.isFinite else { throw fail("'\(key)' is no number") }
    return value
  }

  private static func rate(
    _ key: String, of entry: Node.Mapping, _ fail: (String) -> LogReadError
  ) throws(LogReadError) -> Double? {
    guard let value = try number(key, of: entry, fail) else { return nil }
    guard value >= 1e-9, value <= 1e9 else { throw fail("'\(key)' must be above 0 and at most 1 GHz") }
    return value
  }

  private static func size(
    _ key: String, of entry: Node.Mapping, _ fail: (String) -> LogReadError
  ) throws(LogReadError) -> Int {
    guard let node = entry[key] else { return 1 }
    guard let value = node.int, (1...65_536).contains(value) else { throw fail("'\(key)' must be 1 to 65536") }
    return value
  }
}
