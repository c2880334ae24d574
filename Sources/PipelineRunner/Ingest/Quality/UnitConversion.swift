import PipelineModel
import SensorLogs

/// How the values of a recording's channels become those that the pipeline wants.
struct UnitConversion: Sendable {
  /// For each channel of the pipeline the one of the recording; nil where it has none.
  let sources: [Int?]
  /// What stands for a channel that the recording has not.
  let standIns: [Double]
  private let factors: [Double]
  private let shifts: [Double]
  /// The unit of each channel afterwards.
  let units: [String?]
  /// The range of each channel afterwards; nil where the recording states none.
  let ranges: [ClosedRange<Double>?]
  /// What was done, for the findings.
  let notes: [String]
  private let isIdentity: Bool

  init(
    names: [String], recording: [Channel], ingest: Ingest, path: String
  ) throws(RunError) {
    var sources: [Int?] = []
    var (factors, shifts, notes) = ([Double](), [Double](), [String]())
    var units: [String?] = []
    for name in names {
      let source = recording.firstIndex { $0.name == name }
      sources.append(source)
      let stated = source.flatMap { recording[$0].unit }
      let convert = ingest.conversions.first { $0.channels.contains(name) }
      guard let convert, let source, let wanted = MeasurementUnit(convert.unit) else {
        factors.append(1)
        shifts.append(0)
        units.append(source == nil ? nil : stated)
        continue
      }
      let text = recording[source].unit ?? convert.unstated
      guard let text else { throw .dataQuality(.noUnit(path: path, channel: name, wanted: convert.unit)) }
      guard let unit = MeasurementUnit(text) else {
        throw .dataQuality(.unknownUnit(path: path, channel: name, unit: text, wanted: convert.unit))
      }
      guard let (factor, shift) = unit.conversion(to: wanted) else {
        throw .dataQuality(.notConvertible(path: path, channel: name, unit: text, wanted: convert.unit))
      }
      factors.append(factor)
      shifts.append(shift)
      units.append(wanted.symbol)
      if (factor, shift) != (1, 0) { notes.append("\(name): converted from \(unit.symbol) to \(wanted.symbol)") }
    }
    self.sources = sources
    self.factors = factors
    self.shifts = shifts
    self.units = units
    self.notes = notes
    ranges = sources.indices.map { index in
      guard let range = sources[index].flatMap({ recording[$0].range }) else { return nil }
      let ends = [range.lowerBound, range.upperBound].map { $0 * factors[index] + shifts[index] }
      return min(ends[0], ends[1])...max(ends[0], ends[1])
    }
    let values = ingest.optionalChannels
    standIns = names.map { values[$0] ?? 0 }
    isIdentity =
      sources == Array(names.indices) && recording.count == names.count && notes.isEmpty
  }

  /// Appends the values of a batch's frames.
  func convert(_ batch: FrameBatch, into values: inout [Float]) {
    if isIdentity {
      let wide = batch.values.span
      values.append(addingCapacity: wide.count) { narrow in
        for index in wide.indices { narrow.append(Float(wide[index])) }
      }
      return
    }
    values.reserveCapacity(values.count + batch.count * sources.count)
    for frame in 0..<batch.count {
      for (channel, source) in sources.enumerated() {
        guard let source else {
          values.append(Float(standIns[channel]))
          continue
        }
        values.append(Float(batch.values[frame * batch.channelCount + source] * factors[channel] + shifts[channel]))
      }
    }
  }
}
