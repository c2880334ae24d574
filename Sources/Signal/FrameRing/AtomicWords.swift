import Synchronization

/// Words of memory that one thread may write while another reads: each comes whole, and whether words belong together
/// is for their reader to find out otherwise. Relaxed, so that a word costs what a plain load or store does.
///
/// A word of 64 bits is two of 32 where the processor has no wider atomics.
@safe enum AtomicWords {
  @inline(__always)
  static func load32(_ address: UnsafeMutableRawPointer) -> UInt32 {
    // SAFETY: callers give four aligned bytes of their memory; an atomic word has the size and place of a plain one.
    unsafe address.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .relaxed)
  }

  @inline(__always)
  static func store32(_ word: UInt32, _ address: UnsafeMutableRawPointer) {
    // SAFETY: as in `load32`.
    unsafe address.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.store(word, ordering: .relaxed)
  }

  @inline(__always)
  static func load64(_ address: UnsafeMutableRawPointer) -> UInt64 {
    // SAFETY: callers give eight aligned bytes of their memory.
    #if _pointerBitWidth(_64)
      return unsafe address.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(ordering: .relaxed)
    #else
      return unsafe UInt64(load32(address)) | UInt64(load32(address + 4)) << 32
    #endif
  }

  @inline(__always)
  static func store64(_ word: UInt64, _ address: UnsafeMutableRawPointer) {
    // SAFETY: as in `load64`.
    #if _pointerBitWidth(_64)
      unsafe address.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.store(word, ordering: .relaxed)
    #else
      unsafe store32(UInt32(truncatingIfNeeded: word), address)
      unsafe store32(UInt32(truncatingIfNeeded: word >> 32), address + 4)
    #endif
  }

  /// Copies values out of shared memory to memory of the caller's own.
  static func load(_ shared: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count {
      // SAFETY: callers give `count` values at both places.
      unsafe target[index] = Float(bitPattern: load32(UnsafeMutableRawPointer(shared + index)))
    }
  }

  /// Copies values of the caller's own to shared memory.
  static func store(_ source: UnsafePointer<Float>, to shared: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count {
      // SAFETY: as in `load`.
      unsafe store32(source[index].bitPattern, UnsafeMutableRawPointer(shared + index))
    }
  }
}
