/// Cuts one block of memory into storages, each at a multiple of eight bytes.
@safe struct StorageCutter {
  private let memory: UnsafeMutableRawBufferPointer
  private var offset = 0
  #if !hasFeature(Embedded)
    private var owner: OwnedMemory?
  #endif

  static func bytes<Element>(_: Element.Type, count: Int) -> Int {
    (count * MemoryLayout<Element>.stride + 7) / 8 * 8
  }

  /// - Precondition: `memory` is aligned to 8 and outlives what is cut from it.
  init(unsafeMemory memory: UnsafeMutableRawBufferPointer) {
    // SAFETY: kept for `take`, which checks every piece; the caller promises the lifetime.
    unsafe self.memory = unsafe memory
  }

  #if !hasFeature(Embedded)
    /// Memory from the host's heap, which lives as long as a storage cut from it.
    init(byteCount: Int) {
      let owner = OwnedMemory(byteCount: byteCount)
      // SAFETY: every storage that is cut keeps the owner.
      unsafe memory = owner.bytes
      self.owner = owner
    }
  #endif

  /// The next piece, filled with `value`.
  ///
  /// - Precondition: The memory holds it.
  mutating func take<Element: BitwiseCopyable>(_ count: Int, _ value: Element) -> LentStorage<Element> {
    let bytes = Self.bytes(Element.self, count: count)
    precondition(unsafe offset + bytes <= memory.count, "the memory is too small")
    // SAFETY: the precondition keeps the piece inside, and the storage checks size and alignment again.
    let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + bytes])
    let storage = unsafe LentStorage<Element>(count: count, repeating: value, unsafeMemory: piece)
    offset += bytes
    #if hasFeature(Embedded)
      return storage
    #else
      return storage.kept(by: owner)
    #endif
  }
}
