import CTrainingKernels

/// Memory of the host beside the arena: it grows while a plan is prepared and never afterwards.
final class Scratch {
  @exclusivity(unchecked) private(set) var base: UnsafeMutableRawPointer
  private var byteCount: Int

  init() {
    byteCount = 64
    base = .allocate(byteCount: byteCount, alignment: 64)
  }

  deinit { base.deallocate() }

  /// Makes room for as many bytes, and for what a product may read behind them; what was there is lost.
  func reserve(_ bytes: Int) {
    let needed = bytes + Int(TK_SLACK) + 64
    guard needed > byteCount else { return }
    base.deallocate()
    byteCount = needed
    base = .allocate(byteCount: byteCount, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  @inline(__always)
  func pointer<Element: BitwiseCopyable>(as type: Element.Type) -> UnsafeMutablePointer<Element> {
    base.assumingMemoryBound(to: type)
  }
}

/// The scratch memory of all operations of a plan, of which one runs at a time.
final class Workspace {
  /// Activations or errors with their padding.
  let bytes = Scratch()
  /// Interleaved patches.
  let patches = Scratch()
  /// Interleaved errors.
  let errors = Scratch()
  /// Pairs of frames.
  let pairs = Scratch()
  /// An int32 gradient, or pairs of frames.
  let gradient = Scratch()
  /// Sums of channels.
  let sums = Scratch()
  /// What a product's sums start from.
  let start = Scratch()
  /// Biases with room behind them.
  let bias = Scratch()
  /// Step factors.
  let factors = Scratch()
}

/// Lanes of whole blocks that hold so many channels.
@inline(__always)
func lanes(_ channels: Int) -> Int { (channels + 15) & ~15 }

/// A table with room for whole blocks, zeros behind its end.
final class Table<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>

  init(count: Int, zero: Element) {
    pointer = .allocate(capacity: lanes(max(1, count)))
    pointer.initialize(repeating: zero, count: lanes(max(1, count)))
  }

  convenience init(copying source: UnsafePointer<Element>, count: Int, zero: Element) {
    self.init(count: count, zero: zero)
    pointer.update(from: source, count: count)
  }

  deinit { pointer.deallocate() }
}
