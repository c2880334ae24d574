/// A tensor as a file holds it: row-major, little-endian.
public struct NamedTensor: Sendable, Hashable {
  public var name: String
  public var element: TensorElement
  /// Empty for a single number.
  public var shape: [Int]
  public var bytes: [UInt8]

  /// - Precondition: `bytes` has as many bytes as the elements take.
  public init(_ name: String, element: TensorElement, shape: [Int], bytes: [UInt8]) {
    precondition(
      bytes.count == shape.reduce(element.byteCount, *), "a tensor has as many bytes as its elements take")
    self.name = name
    self.element = element
    self.shape = shape
    self.bytes = bytes
  }

  public init(_ name: String, shape: [Int], _ values: [Float]) {
    self.init(name, element: .float32, shape: shape, bytes: littleEndianBytes(values.map(\.bitPattern)))
  }

  public init(_ name: String, shape: [Int], _ values: [Int8]) {
    self.init(name, element: .int8, shape: shape, bytes: values.map { UInt8(bitPattern: $0) })
  }

  public init(_ name: String, shape: [Int], _ values: [Int32]) {
    self.init(name, element: .int32, shape: shape, bytes: littleEndianBytes(values))
  }

  public var elementCount: Int { shape.reduce(1, *) }

  /// The values in single precision; nil where the elements are no floating-point numbers of 16 to 64 bits.
  ///
  /// Doubles are rounded to nearest; those beyond single precision become infinite.
  public var floats: [Float]? {
    switch element {
    case .float32: integers(UInt32.self).map(Float.init(bitPattern:))
    case .float64: integers(UInt64.self).map { Float(Double(bitPattern: $0)) }
    case .bfloat16: integers(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .float16: integers(UInt16.self).map(Self.float(ofHalf:))
    default: nil
    }
  }

  /// The values of int8 elements; nil for others.
  public var int8s: [Int8]? { element == .int8 ? bytes.map { Int8(bitPattern: $0) } : nil }

  /// The values of int32 elements; nil for others.
  public var int32s: [Int32]? { element == .int32 ? integers(Int32.self) : nil }

  private func integers<Value: FixedWidthInteger>(_: Value.Type) -> [Value] {
    let size = MemoryLayout<Value>.size
    return bytes.withUnsafeBytes { source in
      (0..<source.count / size).map {
        Value(littleEndian: source.loadUnaligned(fromByteOffset: size * $0, as: Value.self))
      }
    }
  }

  /// IEEE 754 half precision: a sign, five bits of exponent, ten of fraction. Every value has an equal in single
  /// precision.
  static func float(ofHalf bits: UInt16) -> Float {
    let sign = UInt32(bits >> 15) << 31
    let exponent = UInt32(bits >> 10 & 31)
    let fraction = UInt32(bits & 1023)
    switch exponent {
    case 0:
      // Subnormal: a multiple of 2^-24.
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 255 << 23 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

func littleEndianBytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
  let size = MemoryLayout<Value>.size
  var bytes: [UInt8] = []
  bytes.reserveCapacity(values.count * size)
  for value in values {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
  return bytes
}
