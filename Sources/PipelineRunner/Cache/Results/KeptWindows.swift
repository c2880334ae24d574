import Foundation
import Learning
import Tensors

/// Windows as recorded, with what was found while they were read.
struct KeptWindows: KeptResult {
  var windows: WindowSet
  var channelNames: [String]
  var channelUnits: [String?]
  var sampleRateHz: Double
  var summary: IngestSummary

  init(_ ingested: IngestedWindows) {
    windows = ingested.windows
    channelNames = ingested.channelNames
    channelUnits = ingested.channelUnits
    sampleRateHz = ingested.sampleRateHz
    summary = ingested.summary
  }

  func write(to writer: inout ResultWriter) {
    writer.reserve(windows.values.count * 4 + windows.count * 48 + 65_536)
    writer.add(json: summary)
    writer.add(channelNames) { $0.add($1) }
    writer.add(channelUnits) { $0.add(json: $1) }
    writer.add(sampleRateHz)
    writer.add(windows.shape.length)
    writer.add(windows.shape.channels)
    writer.add(windows.classNames) { $0.add($1) }
    writer.add(windows.subjectNames) { $0.add($1) }
    for numbers in [windows.labels, windows.subjects, windows.recordings, windows.startFrames, windows.stretches] {
      writer.add(numbers)
    }
    writer.add(windows.startNanoseconds.map { Int($0) })
    writer.add(windows.values)
  }

  init(from reader: inout ResultReader) throws(ResultDamage) {
    summary = try reader.json()
    channelNames = try reader.array { reader throws(ResultDamage) in try reader.text() }
    channelUnits = try reader.array { reader throws(ResultDamage) in try reader.json() }
    sampleRateHz = try reader.double()
    let (length, channels) = (try reader.int(), try reader.int())
    let classNames = try reader.array { reader throws(ResultDamage) in try reader.text() }
    let subjectNames = try reader.array { reader throws(ResultDamage) in try reader.text() }
    let (labels, subjects, recordings) = (try reader.ints(), try reader.ints(), try reader.ints())
    let (startFrames, stretches, times) = (try reader.ints(), try reader.ints(), try reader.ints())
    let values = try reader.floats()
    let count = labels.count
    let elements = length.multipliedReportingOverflow(by: channels)
    let total = elements.partialValue.multipliedReportingOverflow(by: count)
    guard length > 0, channels > 0, !elements.overflow, !total.overflow, values.count == total.partialValue,
      channelNames.count == channels, channelUnits.count == channels,
      [subjects, recordings, startFrames, stretches, times].allSatisfy({ $0.count == count }),
      labels.allSatisfy(classNames.indices.contains), subjects.allSatisfy(subjectNames.indices.contains)
    else { throw ResultDamage("its windows do not fit together") }
    windows = WindowSet(
      shape: ActivationShape(length: length, channels: channels), values: values, labels: labels, subjects: subjects,
      recordings: recordings, startFrames: startFrames, stretches: stretches,
      startNanoseconds: times.map { Int64($0) }, classNames: classNames, subjectNames: subjectNames)
  }
}

extension ResultWriter {
  /// For small things of many parts.
  mutating func add(json value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode([value]) else { preconditionFailure("a result can be written as JSON") }
    add([UInt8](data))
  }
}

extension ResultReader {
  mutating func json<Value: Decodable>(_: Value.Type = Value.self) throws(ResultDamage) -> Value {
    let bytes = try byteArray()
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let values = try? decoder.decode([Value].self, from: Data(bytes)), values.count == 1 else {
      throw ResultDamage("a part of it cannot be read")
    }
    return values[0]
  }
}
