#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension LZ4Block {
  /// The last bytes of a block are literals, and no match begins among these.
  private static let lastLiterals = 5
  private static let matchStartMargin = 12
  private static let longestDistance = 65_535
  private static let hashBits: UInt32 = 14

  static var hashEntries: Int { 1 << hashBits }

  /// Encodes a block greedily, with one candidate for each hash.
  ///
  /// - Parameters:
  ///   - output: As long as the input.
  ///   - table: `hashEntries` words of scratch.
  /// - Returns: how many bytes the block takes, or nil if it would not be shorter than the input.
  static func encode(
    _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer, table: UnsafeMutablePointer<UInt32>
  ) -> Int? {
    precondition(output.count >= input.count && input.count < 1 << 31, "the output holds as much as the input")
    let count = input.count
    guard count > 0 else { return nil }
    table.update(repeating: 0, count: hashEntries)
    var writer = SequenceWriter(output: output, limit: count - 1)
    var anchor = 0
    var position = 1
    let lastStart = count - matchStartMargin
    search: while true {
      // The longer nothing is found, the larger the steps.
      var attempts = 1 << 6
      var candidate = 0
      while true {
        if position > lastStart { break search }
        let word = input.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        let slot = hash(word)
        candidate = Int(table[slot])
        table[slot] = UInt32(truncatingIfNeeded: position)
        if position - candidate <= longestDistance,
          input.loadUnaligned(fromByteOffset: candidate, as: UInt32.self) == word
        {
          break
        }
        position += attempts >> 6
        attempts += 1
      }
      while position > anchor, candidate > 0, input[position - 1] == input[candidate - 1] {
        position -= 1
        candidate -= 1
      }
      let length = matchLength(input, candidate, position, limit: count - lastLiterals)
      let literals = UnsafeRawBufferPointer(rebasing: input[anchor..<position])
      guard writer.add(literals, distance: position - candidate, length: length) else { return nil }
      position += length
      anchor = position
      if position <= lastStart {
        let inside = position - 2
        table[hash(input.loadUnaligned(fromByteOffset: inside, as: UInt32.self))] = UInt32(truncatingIfNeeded: inside)
      }
    }
    return writer.finish(UnsafeRawBufferPointer(rebasing: input[anchor...])) ? writer.count : nil
  }

  @inline(__always)
  private static func hash(_ word: UInt32) -> Int {
    Int((UInt32(littleEndian: word) &* 2_654_435_761) &>> (32 - hashBits))
  }

  @inline(__always)
  private static func matchLength(_ input: UnsafeRawBufferPointer, _ first: Int, _ second: Int, limit: Int) -> Int {
    var length = shortestMatch
    while second + length + 8 <= limit {
      let difference =
        UInt64(littleEndian: input.loadUnaligned(fromByteOffset: first + length, as: UInt64.self))
        ^ UInt64(littleEndian: input.loadUnaligned(fromByteOffset: second + length, as: UInt64.self))
      if difference != 0 { return length + difference.trailingZeroBitCount / 8 }
      length += 8
    }
    while second + length < limit, input[first + length] == input[second + length] { length += 1 }
    return length
  }
}

/// Writes sequences as long as they stay within the limit.
private struct SequenceWriter {
  let output: UnsafeMutableRawBufferPointer
  let limit: Int
  private(set) var count = 0

  init(output: UnsafeMutableRawBufferPointer, limit: Int) {
    self.output = output
    self.limit = limit
  }

  mutating func add(_ literals: UnsafeRawBufferPointer, distance: Int, length: Int) -> Bool {
    let rest = length - LZ4Block.shortestMatch
    guard begin(literals, matchNibble: min(15, rest), more: 2 + (rest < 15 ? 0 : 1 + (rest - 15) / 255)) else {
      return false
    }
    output.storeBytes(of: UInt16(truncatingIfNeeded: distance).littleEndian, toByteOffset: count, as: UInt16.self)
    count += 2
    if rest >= 15 { addLength(rest - 15) }
    return true
  }

  mutating func finish(_ literals: UnsafeRawBufferPointer) -> Bool {
    begin(literals, matchNibble: 0, more: 0)
  }

  private mutating func begin(_ literals: UnsafeRawBufferPointer, matchNibble: Int, more: Int) -> Bool {
    let size = literals.count
    guard 1 + (size < 15 ? 0 : 1 + (size - 15) / 255) + size + more <= limit - count else { return false }
    output[count] = UInt8(min(15, size) << 4 | matchNibble)
    count += 1
    if size >= 15 { addLength(size - 15) }
    if let base = literals.baseAddress, size > 0 {
      memcpy(output.baseAddress! + count, base, size)
      count += size
    }
    return true
  }

  private mutating func addLength(_ length: Int) {
    var rest = length
    while rest >= 255 {
      output[count] = 255
      count += 1
      rest -= 255
    }
    output[count] = UInt8(rest)
    count += 1
  }
}
