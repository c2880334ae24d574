/// Numbers as the shortest decimal that reads back as the same number.
enum DecimalText {
  /// NaN is nothing at all, as a table writes a missing value.
  static func add(_ value: Double, to bytes: inout [UInt8]) {
    if value.isNaN { return }
    if value.isInfinite {
      bytes += Array((value < 0 ? "-inf" : "inf").utf8)
      return
    }
    if addShort(value, to: &bytes) { return }
    bytes.append(contentsOf: value.description.utf8)
    if bytes.suffix(2).elementsEqual([UInt8(ascii: "."), UInt8(ascii: "0")]) { bytes.removeLast(2) }
  }

  /// Numbers of at most 15 digits and 8 decimals, which is nearly all that sensors give.
  ///
  /// Decimals of up to 15 digits are all different doubles; so one that reads back as the value, by a division that is
  /// exact but for its one rounding, is the shortest once its trailing zeros are gone.
  private static func addShort(_ value: Double, to bytes: inout [UInt8]) -> Bool {
    let magnitude = value.magnitude
    guard magnitude < 1e7, magnitude >= 1e-4 else {
      if value == 0, value.sign == .plus {
        bytes.append(UInt8(ascii: "0"))
        return true
      }
      return false
    }
    let scale = 1e8
    let scaled = (magnitude * scale).rounded()
    guard scaled / scale == magnitude else { return false }
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    addFixed(UInt64(scaled), decimals: 8, to: &bytes)
    return true
  }

  /// A whole number of 10^-decimals, without trailing zeros.
  static func addFixed(_ value: UInt64, decimals: Int, to bytes: inout [UInt8]) {
    var scale: UInt64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let (whole, fraction) = value.quotientAndRemainder(dividingBy: scale)
    addWhole(whole, to: &bytes)
    if fraction == 0 { return }
    bytes.append(UInt8(ascii: "."))
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: decimals))
    var rest = fraction
    var index = start + decimals - 1
    while rest > 0 {
      bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
      index -= 1
    }
    while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
  }

  static func addWhole(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// Nanoseconds as seconds, exactly.
  static func addSeconds(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
    if nanoseconds < 0 { bytes.append(UInt8(ascii: "-")) }
    addFixed(nanoseconds.magnitude, decimals: 9, to: &bytes)
  }
}

/// JSON values as text.
enum JSONText {
  /// null for NaN; a number too large for a double for an infinity, which readers turn into one.
  static func add(_ value: Double, to bytes: inout [UInt8]) {
    if value.isNaN {
      bytes += Array("null".utf8)
    } else if value.isInfinite {
      bytes += Array((value < 0 ? "-1e999" : "1e999").utf8)
    } else {
      DecimalText.add(value, to: &bytes)
    }
  }

  /// As the shortest decimal that a reader of 32-bit numbers turns into the same one.
  static func add(_ value: Float, to bytes: inout [UInt8]) {
    guard value.isFinite else { return add(Double(value), to: &bytes) }
    bytes.append(contentsOf: value.description.utf8)
    if bytes.suffix(2).elementsEqual([UInt8(ascii: "."), UInt8(ascii: "0")]) { bytes.removeLast(2) }
  }

  static func add(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<32:
        let digits = String(byte, radix: 16)
        bytes += Array("\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
