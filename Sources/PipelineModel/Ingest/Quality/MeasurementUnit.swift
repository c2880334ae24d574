/// A unit that sensors measure in: `base value = scale · value + offset`.
public struct MeasurementUnit: Sendable, Hashable {
  public enum Quantity: String, Sendable, Hashable, CaseIterable {
    case acceleration
    case angularRate
    case magneticField
    case temperature
    case voltage
    case current
    case pressure
    case frequency
    case angle
    case length
    case speed
    case time
    case share
  }

  public let quantity: Quantity
  /// As it is best written: `m/s2`.
  public let symbol: String
  let scale: Double
  let offset: Double

  /// The unit of a text such as `m/s^2`, `m/s²`, `mg`, `°/s`, `µT`; `nil` where it means none.
  ///
  /// Letter case counts only where it tells units apart: `mV` is no `MV`, while `Deg/s` is `deg/s`. A lone `G` is taken
  /// for standard gravity; write `gauss` for the other.
  public init?(_ text: String) {
    let plain = Self.normalized(text)
    if let unit = Self.bySpelling[plain] {
      self = unit
      return
    }
    // Mega is not milli.
    let isMega = plain.first == "M" && plain.count <= 3
    guard !isMega, let unit = Self.byFoldedSpelling[plain.lowercased()] else { return nil }
    self = unit
  }

  /// How a value in this unit is written in another: `other = factor · value + shift`; `nil` between quantities.
  public func conversion(to other: MeasurementUnit) -> (factor: Double, shift: Double)? {
    guard quantity == other.quantity else { return nil }
    if scale == other.scale && offset == other.offset { return (1, 0) }
    return (scale / other.scale, (offset - other.offset) / other.scale)
  }

  private static func normalized(_ text: String) -> String {
    var plain = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case " ", "\t", "*", "·", "⋅", "_": continue
      case "\u{00B5}", "\u{03BC}": plain += "u"
      case "²": plain += "2"
      case "^": continue
      case "°", "º": plain += "deg"
      case "⁻": plain += "-"
      case "¹": plain += "1"
      default: plain.unicodeScalars.append(scalar)
      }
    }
    return plain
  }

  private init(_ quantity: Quantity, _ symbol: String, _ scale: Double, _ offset: Double = 0) {
    self.quantity = quantity
    self.symbol = symbol
    self.scale = scale
    self.offset = offset
  }

  /// Standard gravity, by definition (CGPM 1901).
  private static let gravity = 9.80665
  private static let degree = Double.pi / 180

  /// Spellings of every unit, the usual one first.
  private static let table: [(MeasurementUnit, [String])] = [
    (MeasurementUnit(.acceleration, "m/s2", 1), ["m/s2", "ms-2", "m/s/s", "mps2", "m/sec2", "meters/second2"]),
    (MeasurementUnit(.acceleration, "g", gravity), ["g", "gs", "g0", "gn", "gee", "gravity", "standardgravity"]),
    (MeasurementUnit(.acceleration, "mg", gravity / 1000), ["mg", "milli-g", "millig"]),
    (MeasurementUnit(.acceleration, "cm/s2", 0.01), ["cm/s2", "gal"]),
    (MeasurementUnit(.angularRate, "rad/s", 1), ["rad/s", "rads-1", "rad/sec", "radians/second"]),
    (MeasurementUnit(.angularRate, "mrad/s", 0.001), ["mrad/s"]),
    (
      MeasurementUnit(.angularRate, "deg/s", degree),
      ["deg/s", "dps", "degs-1", "deg/sec", "degree/s", "degrees/s", "degrees/second"]
    ),
    (MeasurementUnit(.angularRate, "mdeg/s", degree / 1000), ["mdeg/s", "mdps"]),
    (MeasurementUnit(.angularRate, "rpm", Double.pi / 30), ["rpm", "r/min", "rev/min"]),
    (MeasurementUnit(.magneticField, "uT", 1e-6), ["uT", "microtesla"]),
    (MeasurementUnit(.magneticField, "nT", 1e-9), ["nT", "nanotesla"]),
    (MeasurementUnit(.magneticField, "mT", 1e-3), ["mT", "millitesla"]),
    (MeasurementUnit(.magneticField, "T", 1), ["T", "tesla"]),
    (MeasurementUnit(.magneticField, "gauss", 1e-4), ["gauss"]),
    (MeasurementUnit(.magneticField, "mgauss", 1e-7), ["mgauss", "milligauss"]),
    (MeasurementUnit(.temperature, "degC", 1, 273.15), ["degC", "C", "celsius", "℃"]),
    (MeasurementUnit(.temperature, "K", 1), ["K", "kelvin", "degK"]),
    (
      MeasurementUnit(.temperature, "degF", 5.0 / 9, 273.15 - 32 * 5.0 / 9), ["degF", "F", "fahrenheit", "℉"]
    ),
    (MeasurementUnit(.voltage, "V", 1), ["V", "volt", "volts"]),
    (MeasurementUnit(.voltage, "mV", 1e-3), ["mV", "millivolt"]),
    (MeasurementUnit(.voltage, "uV", 1e-6), ["uV", "microvolt"]),
    (MeasurementUnit(.current, "A", 1), ["A", "ampere", "amp"]),
    (MeasurementUnit(.current, "mA", 1e-3), ["mA", "milliampere"]),
    (MeasurementUnit(.current, "uA", 1e-6), ["uA", "microampere"]),
    (MeasurementUnit(.pressure, "Pa", 1), ["Pa", "pascal"]),
    (MeasurementUnit(.pressure, "hPa", 100), ["hPa", "mbar", "millibar"]),
    (MeasurementUnit(.pressure, "kPa", 1000), ["kPa"]),
    (MeasurementUnit(.pressure, "bar", 1e5), ["bar"]),
    (MeasurementUnit(.frequency, "Hz", 1), ["Hz", "hertz", "1/s"]),
    (MeasurementUnit(.frequency, "kHz", 1000), ["kHz"]),
    (MeasurementUnit(.frequency, "bpm", 1.0 / 60), ["bpm", "1/min"]),
    (MeasurementUnit(.angle, "rad", 1), ["rad", "radian", "radians"]),
    (MeasurementUnit(.angle, "deg", degree), ["deg", "degree", "degrees"]),
    (MeasurementUnit(.length, "m", 1), ["m", "metre", "meter"]),
    (MeasurementUnit(.length, "cm", 0.01), ["cm"]),
    (MeasurementUnit(.length, "mm", 0.001), ["mm"]),
    (MeasurementUnit(.speed, "m/s", 1), ["m/s", "ms-1", "mps"]),
    (MeasurementUnit(.speed, "km/h", 1 / 3.6), ["km/h", "kph", "kmh"]),
    (MeasurementUnit(.time, "s", 1), ["s", "sec", "second", "seconds"]),
    (MeasurementUnit(.time, "ms", 1e-3), ["ms", "millisecond", "milliseconds"]),
    (MeasurementUnit(.time, "us", 1e-6), ["us", "microsecond", "microseconds"]),
    (MeasurementUnit(.share, "1", 1), ["1", "unitless"]),
    (MeasurementUnit(.share, "%", 0.01), ["%", "percent"]),
  ]

  /// The usual spelling of every unit.
  public static let symbols = table.map(\.0.symbol)

  private static let bySpelling: [String: MeasurementUnit] = Dictionary(
    table.flatMap { unit, spellings in spellings.map { ($0, unit) } }, uniquingKeysWith: { first, _ in first })

  /// Spellings that mean one unit whatever the case of their letters.
  private static let byFoldedSpelling: [String: MeasurementUnit] = {
    var folded: [String: MeasurementUnit] = [:]
    var ambiguous: Set<String> = []
    for (unit, spellings) in table {
      for spelling in spellings {
        let key = spelling.lowercased()
        if let other = folded[key], other != unit { ambiguous.insert(key) }
        folded[key] = unit
      }
    }
    return folded.filter { !ambiguous.contains($0.key) }
  }()
}
