/// The one piece of memory that a training step may write.
///
/// It wraps memory that it is given and never allocates. A plan computed beforehand says which bytes
/// belong to whom; the views handed out here are bounds-checked against the arena, and the planner's
/// proof that no two live buffers overlap makes it sound to hold several at once.
@safe
public struct Arena: ~Copyable {
  private let base: UnsafeMutableRawPointer
  public let byteCount: Int

  /// - Parameter memory: Outlives the arena and is touched by nobody else meanwhile; aligned to 16 bytes.
  public init(unsafeMemory memory: UnsafeMutableRawBufferPointer) {
    precondition(memory.count > 0, "an arena has at least one byte")
    // SAFETY: the precondition makes the base address present.
    unsafe base = memory.baseAddress!
    byteCount = memory.count
    precondition(UInt(bitPattern: memory.baseAddress) % 16 == 0, "an arena starts at a multiple of 16 bytes")
  }

  /// The address of `count` elements at a byte offset.
  ///
  /// The caller promises that no other live view overlaps it.
  @inline(__always)
  public func unsafeAddress<Element: BitwiseCopyable>(
    of type: Element.Type, at offset: Int, count: Int
  ) -> UnsafeMutablePointer<Element> {
    precondition(
      offset >= 0 && offset <= byteCount && count >= 0
        && count <= (byteCount &- offset) / MemoryLayout<Element>.stride,
      "a view must lie inside the arena")
    precondition(offset % MemoryLayout<Element>.alignment == 0, "a view must be aligned")
    // SAFETY: the preconditions keep the range inside the memory and aligned.
    return unsafe (base + offset).assumingMemoryBound(to: type)
  }
}
