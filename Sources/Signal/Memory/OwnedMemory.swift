#if !hasFeature(Embedded)
  /// Memory from the host's heap for what on a device lies in the arena; aligned to a cache line.
  @safe final class OwnedMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
      unsafe bytes = .allocate(byteCount: max(1, byteCount), alignment: FrameRing.alignment)
    }

    deinit {
      // SAFETY: whoever uses the memory holds a reference to this object.
      unsafe bytes.deallocate()
    }
  }
#endif
