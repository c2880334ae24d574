/// The bytes of a file as stored, a piece at a time.
final class StoredBytes {
  let input: any ByteInput
  private let memory: UnsafeMutableRawPointer
  private var start = 0
  private var end = 0
  private var hasEnded = false

  /// Bytes taken from the input, those that wait in memory included.
  private var taken = 0

  private static let capacity = 128 << 10
  /// What the longest magic number takes.
  private static let headBytes = 8

  init(_ input: any ByteInput) throws(LogReadError) {
    self.input = input
    memory = .allocate(byteCount: Self.capacity, alignment: 16)
    // They may arrive one by one.
    while end < Self.headBytes, !hasEnded {
      let count = try input.read(into: .init(start: memory + end, count: Self.capacity - end))
      end += count
      hasEnded = count == 0
    }
    taken = end
  }

  deinit {
    memory.deallocate()
  }

  /// The bytes in memory that have not been consumed.
  var waiting: UnsafeRawBufferPointer { .init(start: memory + start, count: end - start) }

  /// Bytes consumed so far.
  var position: Int { taken - (end - start) }

  func consume(_ count: Int) {
    assert(count <= end - start)
    start += count
  }

  /// Makes sure that bytes wait; false at the end.
  func refill() throws(LogReadError) -> Bool {
    if start < end { return true }
    if hasEnded { return false }
    start = 0
    end = 0
    end = try input.read(into: .init(start: memory, count: Self.capacity))
    taken += end
    hasEnded = end == 0
    return !hasEnded
  }

  /// Reads past this buffer, straight into `room`; 0 at the end.
  func read(into room: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    if start < end {
      let count = min(room.count, end - start)
      room.copyMemory(from: .init(start: memory + start, count: count))
      start += count
      return count
    }
    if hasEnded { return 0 }
    let count = try input.read(into: room)
    taken += count
    hasEnded = count == 0
    return count
  }

  /// Consumes the rest and finds where a pattern of four bytes first stands in it.
  ///
  /// - Returns: how many bytes there were, and the pattern's offset in the file.
  func drain(lookingFor pattern: UInt32?) throws(LogReadError) -> (count: Int, found: Int?) {
    let first = position
    var found: Int?
    var recent: UInt32 = 0
    var seen = 0
    while try refill() {
      if let pattern, found == nil {
        for (index, byte) in waiting.enumerated() {
          recent = recent >> 8 | UInt32(byte) << 24
          seen += 1
          if recent == pattern, seen >= 4 {
            found = position + index - 3
            break
          }
        }
      }
      consume(end - start)
    }
    return (position - first, found)
  }
}
