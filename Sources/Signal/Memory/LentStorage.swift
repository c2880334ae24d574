/// Values in memory that a caller lent, with checked indices.
///
/// On a microcontroller the caller owns the memory and outlives the storage. On the host the storage can own it.
@safe struct LentStorage<Element: BitwiseCopyable>: @unchecked Sendable {
  let count: Int
  private let base: UnsafeMutablePointer<Element>
  #if !hasFeature(Embedded)
    private var owner: OwnedMemory?
  #endif

  static func bytesNeeded(count: Int) -> Int { count * MemoryLayout<Element>.stride }

  /// - Precondition: `memory` holds `count` values, is aligned for them and outlives the storage.
  init(count: Int, repeating value: Element, unsafeMemory memory: UnsafeMutableRawBufferPointer) {
    precondition(count > 0 && memory.count >= Self.bytesNeeded(count: count), "the memory is too small")
    precondition(
      UInt(bitPattern: memory.baseAddress) % UInt(MemoryLayout<Element>.alignment) == 0, "the memory is not aligned")
    self.count = count
    // SAFETY: size and alignment were checked; memory that holds a value has an address.
    unsafe base = memory.baseAddress!.bindMemory(to: Element.self, capacity: count)
    unsafe base.initialize(repeating: value, count: count)
  }

  #if !hasFeature(Embedded)
    init(count: Int, repeating value: Element, owner: OwnedMemory) {
      // SAFETY: the owner lives as long as the storage that holds it.
      unsafe self.init(count: count, repeating: value, unsafeMemory: owner.bytes)
      self.owner = owner
    }

    /// The same storage, which from now on keeps its memory alive.
    func kept(by owner: OwnedMemory?) -> LentStorage {
      var copy = self
      copy.owner = owner
      return copy
    }
  #endif

  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index outside the storage")
      // SAFETY: the precondition keeps the index inside.
      return unsafe base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index outside the storage")
      // SAFETY: the precondition keeps the index inside; the owner is not copyable, so nobody else writes.
      unsafe base[index] = newValue
    }
  }

  func copy(_ values: Span<Element>, to start: Int) {
    for index in 0..<values.count { self[start + index] = values[index] }
  }

  func copy(from start: Int, to values: inout MutableSpan<Element>) {
    for index in 0..<values.count { values[index] = self[start + index] }
  }
}
