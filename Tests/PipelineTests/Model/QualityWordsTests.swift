import Foundation
import Martlet
import PipelineText
import Testing

/// The words for the quality of data, in Swift and as text.
struct QualityWordsTests {
  private static let every = Pipeline("quality", seed: 1) {
    Ingest("recordings") {
      Read(.csv, "*.csv", channels: ["acc_x", "acc_y", "acc_z", "mag_x"])
      Subjects(from: .fileName)
      Labels(column: "label", names: ["fall", "rest"])
      OptionalChannels(["mag_x"], value: 0)
      Convert(["acc_x", "acc_y", "acc_z"], to: "m/s2", from: "g")
      Disorder(.reorder(within: 0.5))
      ClockJumps(forward: 600, backward: 2)
      Duplicates(.spread, within: 0.0015)
      NonFinite(.hold(upTo: 3))
      Saturation(at: 78.4, .rejectWindow, channels: ["acc_x"])
      Stuck(frames: 50)
      Gaps(.fill(.linear, upTo: 0.2), longerThan: 0.1)
      Median(frames: 3)
      Filter(.lowPass(hertz: 20, order: 3), .zeroPhase)
      Filter(.bandPass(from: 0.5, to: 12, order: 2), channels: ["mag_x"])
      Filter(.highPass(hertz: 0.1))
      Resample(hertz: 50, by: .polyphase)
      Gravity(of: ["acc_x", "acc_y", "acc_z"], below: 0.3)
      Select(["acc_x", "body_acc_x", "gravity_acc_x"])
      Rotate(by: .subject, seed: 1)
      Window(seconds: 2, every: 1, across: .labels, label: .share("fall", atLeast: 0.2), agreement: 0.1)
      Split(by: .subject, holdOut: ["s01"])
    }
    Model {
      Conv1D(8, kernel: 5)
      GlobalAveragePool()
      Dense(.classes)
    }
    Pretrain(epochs: 1)
    Evaluate { Accuracy() }
  }

  @Test func whatIsWrittenInSwiftIsWhatItsTextSays() throws {
    #expect(Self.every.issues() == [])
    for includingDefaults in [false, true] {
      let text = Self.every.source(includingDefaults: includingDefaults)
      let file = Pipeline.read(text)
      #expect(file.pipeline == Self.every, "\(text)\n\(file.rendered)")
    }
    let checked = try Self.every.checked().ingest
    #expect(checked.channelCount == 3)
    #expect(checked.written.channelNames() == ["acc_x", "body_acc_x", "gravity_acc_x"])
    #expect(checked.lengthSamples == 100)
  }

  @Test(arguments: [
    ("m/s2", "m/s²"), ("m/s2", "m/s^2"), ("m/s2", "m·s⁻²"), ("deg/s", "°/s"), ("deg/s", "dps"), ("uT", "µT"),
    ("uT", "μT"), ("degC", "°C"), ("degC", "Celsius"), ("g", "G"), ("mg", "mg"), ("rad/s", "RAD/S"), ("K", "kelvin"),
    ("mV", "mV"), ("uV", "µV"), ("Hz", "hz"), ("%", "%"), ("gauss", "Gauss"),
  ])
  func spellingsOfAUnitMeanIt(symbol: String, spelling: String) throws {
    #expect(try #require(MeasurementUnit(spelling)).symbol == symbol)
  }

  @Test(arguments: ["", "furlong", "MV", "counts", "m/s3", "raw", "🙂", String(repeating: "g", count: 5000)])
  func otherTextsMeanNone(text: String) { #expect(MeasurementUnit(text) == nil) }

  @Test(arguments: [
    ("g", "m/s2", 1.0, 9.80665), ("mg", "g", 1000, 1), ("deg/s", "rad/s", 180, Double.pi), ("rpm", "deg/s", 1, 6),
    ("degC", "K", 0, 273.15), ("degF", "degC", 212, 100), ("degC", "degF", -40, -40), ("gauss", "uT", 1, 100),
    ("mV", "V", 5, 0.005), ("kHz", "Hz", 2, 2000),
  ])
  func valuesAreConverted(from: String, to: String, value: Double, expected: Double) throws {
    let unit = try #require(MeasurementUnit(from))
    let wanted = try #require(MeasurementUnit(to))
    let (factor, shift) = try #require(unit.conversion(to: wanted))
    #expect(abs(factor * value + shift - expected) < 1e-9 * max(1, abs(expected)))
  }

  @Test func everyUnitIsItsOwnSymbolAndConvertsBack() throws {
    for symbol in MeasurementUnit.symbols {
      let unit = try #require(MeasurementUnit(symbol))
      #expect(unit.symbol == symbol)
      for other in MeasurementUnit.symbols.compactMap({ MeasurementUnit($0) }) {
        guard let there = unit.conversion(to: other), let back = other.conversion(to: unit) else {
          #expect(unit.quantity != other.quantity)
          continue
        }
        let value = back.factor * (there.factor * 12.5 + there.shift) + back.shift
        #expect(abs(value - 12.5) < 1e-9, "\(symbol) to \(other.symbol)")
      }
    }
  }
}
