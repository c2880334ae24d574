/// Memory of a fixed number of floats, freed with its last reference.
///
/// The engine's shards write disjoint parts of one buffer at the same time, which a Swift array cannot
/// express; therefore the pointer, and the promise in `@unchecked Sendable`: two shards never write the
/// same element, and what one writes another reads only after the barrier between two segments.
final class FloatBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  /// Zeros.
  init(count: Int) {
    self.count = count
    base = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit {
    base.deallocate()
  }

  func fill(with value: Float) {
    base.update(repeating: value, count: count)
  }

  var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

/// Four neighbouring floats from any address.
@inline(__always)
func load4(_ pointer: UnsafePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(__always)
func store4(_ value: SIMD4<Float>, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD4<Float>.self)
}
