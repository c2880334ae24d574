/// Compares what three channels of acceleration show with the unit that they state.
///
/// A sensor at rest, or moved by a person, shows gravity most of the time: 1 g, or 9.8 m/s². The middle of the magnitudes
/// is found in bins, so that knocks and pauses do not count. That phones state one unit and give the other is a trap
/// that is met often.
struct GravityCheck {
  private let slots: [Int]
  private let unit: String?
  private let names: String
  /// Eighths of an octave from 2^-10 to 2^10; the first and last hold what is beyond.
  private var bins = [Int](repeating: 0, count: 162)
  private var count = 0

  static let gravity = 9.80665

  /// One for each three channels whose names differ in a last `x`, `y` and `z` and speak of acceleration.
  static func checks(of channels: [Channel]) -> [GravityCheck] {
    channels.indices.compactMap { first in
      let name = channels[first].name.lowercased()
      guard name.hasSuffix("x"), name.contains("acc") else { return nil }
      let stem = name.dropLast()
      let others = ["y", "z"].compactMap { axis in channels.firstIndex { $0.name.lowercased() == stem + axis } }
      guard others.count == 2, others.allSatisfy({ channels[$0].unit == channels[first].unit }) else { return nil }
      return GravityCheck(slots: [first] + others, channels: channels)
    }
  }

  private init(slots: [Int], channels: [Channel]) {
    self.slots = slots
    unit = channels[slots[0]].unit
    names = slots.map { channels[$0].name }.joined(separator: ", ")
  }

  mutating func add(_ values: [Double], frame: Int, channelCount: Int) {
    var square = 0.0
    for slot in slots {
      let value = values[frame * channelCount + slot]
      square += value * value
    }
    // Half the square's exponent; no logarithm is needed for bins this wide.
    guard square.isFinite else { return }
    count += 1
    guard square > 0 else {
      bins[0] += 1
      return
    }
    let eighth = Double(square.exponent) * 4 + (square.significand - 1) * 4
    bins[min(161, max(0, Int((eighth + 81).rounded(.down))))] += 1
  }

  /// The middle magnitude, to within a tenth; nil without frames.
  var middle: Double? {
    guard count > 0 else { return nil }
    var below = 0
    for (bin, entries) in bins.enumerated() {
      below += entries
      if below * 2 >= count {
        let eighth = Double(bin) - 80.5
        let exponent = (eighth / 4).rounded(.down)
        let significand = 1 + (eighth / 4 - exponent)
        return Double(sign: .plus, exponent: Int(exponent), significand: significand).squareRoot()
      }
    }
    return nil
  }

  /// What does not fit; nil where nothing speaks against the unit.
  var note: LogNote? {
    guard let middle else { return nil }
    // Within a fifth of gravity, so that free movement alone does not look like another unit.
    func isGravity(_ gravity: Double) -> Bool { (0.8...1.25).contains(middle / gravity) }
    let isMetres = ["m/s2", "m/s^2", "m/s²", "m/s/s", "ms-2", "m s-2"].contains(unit?.lowercased())
    if unit?.lowercased() == "g", isGravity(Self.gravity) {
      return LogNote(.doubtfulUnit, detail: "\(names) state g and are about 9.8 long, as m/s2 would be")
    }
    if isMetres, isGravity(1) {
      return LogNote(.doubtfulUnit, detail: "\(names) state m/s2 and are about 1 long, as g would be")
    }
    if unit == nil, isGravity(1) || isGravity(Self.gravity) {
      return LogNote(
        .doubtfulUnit, detail: "\(names) state no unit and look like \(isGravity(1) ? "g" : "m/s2")")
    }
    return nil
  }
}
