public import Tensors

/// The two memories of a plan: the arena, and constants that nothing writes.
///
/// Operands become views here and nowhere else. Several views of the arena are alive at once while a kernel
/// runs; that they do not overlap is what the planner proves before it encodes a plan. A view cannot outlive
/// the memory.
@safe
public struct PlanMemory: ~Copyable {
  private let arena: Arena
  private let constants: UnsafeRawPointer
  private let constantBytes: Int

  /// - Parameter constants: Outlive the memory.
  init(arena: consuming Arena, unsafeConstants constants: UnsafeRawBufferPointer) {
    self.arena = arena
    constantBytes = constants.count
    // SAFETY: a plan without constants never asks for one, so the placeholder address is never read.
    unsafe self.constants = constants.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
  }

  /// The elements behind an operand, to be read. An absent operand gives an empty view.
  @inline(__always)
  @_lifetime(borrow self)
  public func read<Element: BitwiseCopyable>(_ operand: Int32, as type: Element.Type, count: Int) -> Span<Element> {
    let address: UnsafePointer<Element>
    if operand >= 0 {
      unsafe address = UnsafePointer(arena.unsafeAddress(of: type, at: Int(operand), count: count))
    } else {
      let offset = operand == Plan.none ? 0 : Int(~operand)
      precondition(
        count >= 0 && offset &+ count &* MemoryLayout<Element>.stride <= constantBytes
          && offset % MemoryLayout<Element>.alignment == 0, "a constant must lie inside the constants")
      // SAFETY: the precondition keeps the range inside the constants and aligned.
      unsafe address = (constants + offset).assumingMemoryBound(to: type)
    }
    // SAFETY: the address holds for `count` elements, and the span cannot outlive this borrow.
    return unsafe _overrideLifetime(Span(_unsafeStart: address, count: count), borrowing: self)
  }

  /// The elements behind an arena operand, to be written. An absent operand gives an empty view.
  @inline(__always)
  @_lifetime(borrow self)
  public func write<Element: BitwiseCopyable>(
    _ operand: Int32, as type: Element.Type, count: Int
  ) -> MutableSpan<Element> {
    precondition(operand >= 0 || (operand == Plan.none && count == 0), "constants are never written")
    let address = unsafe arena.unsafeAddress(of: type, at: Int(max(0, operand)), count: count)
    // SAFETY: as above; the planner keeps what one operation writes apart from all else that it touches.
    return unsafe _overrideLifetime(MutableSpan(_unsafeStart: address, count: count), borrowing: self)
  }

  /// The address of an operand's elements, for kernels outside the device modules.
  ///
  /// It holds as long as the memory; nothing else checks what is read or written there.
  public func unsafeAddress<Element: BitwiseCopyable>(
    of operand: Int32, as type: Element.Type, count: Int
  ) -> UnsafePointer<Element> {
    // SAFETY: the span was checked against its memory, which outlives it.
    unsafe read(operand, as: type, count: count).withUnsafeBufferPointer { $0.baseAddress! }
  }

  /// `unsafeAddress` of an operand in the arena, to be written.
  public func unsafeMutableAddress<Element: BitwiseCopyable>(
    of operand: Int32, as type: Element.Type, count: Int
  ) -> UnsafeMutablePointer<Element> {
    var elements = write(operand, as: type, count: count)
    // SAFETY: as above.
    return unsafe elements.withUnsafeMutableBufferPointer { $0.baseAddress! }
  }

  /// A table of `count` places; empty if the operand is absent.
  @inline(__always)
  @_lifetime(borrow self)
  public func places(_ operand: Int32, count: Int) -> Span<Int32> {
    read(operand, as: Int32.self, count: operand == Plan.none ? 0 : count)
  }

  /// Bytes of a mask of `elements` bits; 0 if the operand is absent.
  @inline(__always)
  public func maskBytes(_ operand: Int32, elements: Int) -> Int { operand == Plan.none ? 0 : (elements &+ 7) &>> 3 }

  /// The clamp bits of `elements` elements; empty if the operand is absent.
  @inline(__always)
  @_lifetime(borrow self)
  public func mask(_ operand: Int32, elements: Int) -> Span<UInt8> {
    read(operand, as: UInt8.self, count: maskBytes(operand, elements: elements))
  }

  /// The values of an error or gradient tensor, behind its scale.
  @inline(__always)
  @_lifetime(borrow self)
  public func values<Element: BitwiseCopyable>(of operand: Int32, as type: Element.Type, count: Int) -> Span<Element> {
    read(operand &+ Int32(Plan.scaleBytes), as: type, count: count)
  }

  /// The scale in front of an error or gradient tensor.
  public func scale(of operand: Int32) -> RuntimeScale {
    let words = read(operand, as: Int32.self, count: 2)
    return RuntimeScale(mantissa: words[0], exponent: words[1])
  }

  /// A scale that outlives a step. Its bytes may have been put back from a file, so what no engine writes is read as
  /// zero.
  public func persistentScale(of operand: Int32) -> RuntimeScale {
    let words = read(operand, as: Int32.self, count: 2)
    let isScale = words[0] >= 1 << 30 && words[1] > -(1 << 24) && words[1] < 1 << 24
    return isScale ? RuntimeScale(mantissa: words[0], exponent: words[1]) : .zero
  }

  public func setScale(_ scale: RuntimeScale, of operand: Int32) {
    var words = write(operand, as: Int32.self, count: 2)
    words[0] = scale.mantissa
    words[1] = scale.exponent
  }
}
