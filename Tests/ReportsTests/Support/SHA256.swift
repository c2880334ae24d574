import Foundation

/// SHA-256 after FIPS 180-4, for short texts.
enum SHA256 {
  static func base64(_ text: String) -> String {
    var bytes: [UInt8] = []
    for word in digest(Array(text.utf8)) {
      for shift in [UInt32(24), 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return Data(bytes).base64EncodedString()
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt32] {
    // Fractions of the square and cube roots of the first primes.
    let numbers = primes(64)
    let constants = numbers.map { fraction(cbrt($0)) }
    var state = numbers.prefix(8).map { fraction($0.squareRoot()) }
    let message = padded(bytes)
    for start in stride(from: 0, to: message.count, by: 64) {
      let words = schedule(message[start..<start + 64])
      var v = state
      for i in 0..<64 {
        let turned = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)
        let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
        let first: UInt32 = v[7] &+ turned &+ choice &+ constants[i] &+ words[i]
        let other = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)
        let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
        let second: UInt32 = other &+ majority
        v = [first &+ second, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
      }
      for i in state.indices { state[i] = state[i] &+ v[i] }
    }
    return state
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    var message = bytes
    message.append(0x80)
    while message.count % 64 != 56 { message.append(0) }
    let bits = UInt64(bytes.count) * 8
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      message.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
    return message
  }

  private static func schedule(_ block: ArraySlice<UInt8>) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: 64)
    for (place, byte) in block.enumerated() { words[place / 4] = words[place / 4] << 8 | UInt32(byte) }
    for i in 16..<64 {
      let (early, late) = (words[i - 15], words[i - 2])
      let first = turn(early, 7) ^ turn(early, 18) ^ (early >> 3)
      let second = turn(late, 17) ^ turn(late, 19) ^ (late >> 10)
      words[i] = words[i - 16] &+ first &+ words[i - 7] &+ second
    }
    return words
  }

  private static func primes(_ count: Int) -> [Double] {
    var found: [Int] = []
    var number = 2
    while found.count < count {
      if found.allSatisfy({ number % $0 != 0 }) { found.append(number) }
      number += 1
    }
    return found.map(Double.init)
  }

  private static func fraction(_ value: Double) -> UInt32 {
    UInt32((value - value.rounded(.down)) * 4_294_967_296)
  }

  private static func turn(_ value: UInt32, _ count: UInt32) -> UInt32 { value >> count | value << (32 - count) }
}
