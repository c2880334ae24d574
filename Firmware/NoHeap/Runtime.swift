// What the compiler calls on its own and a bare device must supply. The stores are volatile, since an optimiser
// would make each of these loops a call of the function that it stands in.

import _Volatile

@inline(__always)
private func store(_ byte: UInt8, _ target: UnsafeMutableRawPointer, _ offset: Int) {
  VolatileMappedRegister<UInt8>(unsafeBitPattern: UInt(bitPattern: target + offset)).store(byte)
}

@inline(__always)
private func fill(_ target: UnsafeMutableRawPointer, _ count: Int, with byte: UInt8) {
  for offset in 0..<count { store(byte, target, offset) }
}

@inline(__always)
private func copyUpward(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
  for offset in 0..<count { store(source.load(fromByteOffset: offset, as: UInt8.self), target, offset) }
}

@inline(__always)
private func copyDownward(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
  var offset = count
  while offset > 0 {
    offset -= 1
    store(source.load(fromByteOffset: offset, as: UInt8.self), target, offset)
  }
}

@inline(__always)
private func move(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
  if UInt(bitPattern: target) <= UInt(bitPattern: source) {
    copyUpward(source, to: target, count)
  } else {
    copyDownward(source, to: target, count)
  }
}

// MARK: C's names

@_cdecl("memset")
public func memset(_ target: UnsafeMutableRawPointer, _ value: Int32, _ count: Int) -> UnsafeMutableRawPointer {
  fill(target, count, with: UInt8(truncatingIfNeeded: value))
  return target
}

@_cdecl("memcpy")
public func memcpy(
  _ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int
) -> UnsafeMutableRawPointer {
  copyUpward(source, to: target, count)
  return target
}

@_cdecl("memmove")
public func memmove(
  _ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int
) -> UnsafeMutableRawPointer {
  move(source, to: target, count)
  return target
}

// MARK: The Arm run-time ABI's names; the digits promise an alignment

@_cdecl("__aeabi_memset")
public func aeabiMemset(_ target: UnsafeMutableRawPointer, _ count: Int, _ value: Int32) {
  fill(target, count, with: UInt8(truncatingIfNeeded: value))
}

@_cdecl("__aeabi_memset4")
public func aeabiMemset4(_ target: UnsafeMutableRawPointer, _ count: Int, _ value: Int32) {
  fill(target, count, with: UInt8(truncatingIfNeeded: value))
}

@_cdecl("__aeabi_memset8")
public func aeabiMemset8(_ target: UnsafeMutableRawPointer, _ count: Int, _ value: Int32) {
  fill(target, count, with: UInt8(truncatingIfNeeded: value))
}

@_cdecl("__aeabi_memclr")
public func aeabiMemclr(_ target: UnsafeMutableRawPointer, _ count: Int) { fill(target, count, with: 0) }

@_cdecl("__aeabi_memclr4")
public func aeabiMemclr4(_ target: UnsafeMutableRawPointer, _ count: Int) { fill(target, count, with: 0) }

@_cdecl("__aeabi_memclr8")
public func aeabiMemclr8(_ target: UnsafeMutableRawPointer, _ count: Int) { fill(target, count, with: 0) }

@_cdecl("__aeabi_memcpy")
public func aeabiMemcpy(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  copyUpward(source, to: target, count)
}

@_cdecl("__aeabi_memcpy4")
public func aeabiMemcpy4(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  copyUpward(source, to: target, count)
}

@_cdecl("__aeabi_memcpy8")
public func aeabiMemcpy8(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  copyUpward(source, to: target, count)
}

@_cdecl("__aeabi_memmove")
public func aeabiMemmove(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  move(source, to: target, count)
}

@_cdecl("__aeabi_memmove4")
public func aeabiMemmove4(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  move(source, to: target, count)
}

@_cdecl("__aeabi_memmove8")
public func aeabiMemmove8(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int) {
  move(source, to: target, count)
}
