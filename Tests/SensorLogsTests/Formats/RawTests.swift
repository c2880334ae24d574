import Foundation
import Testing

@testable import SensorLogs

@Suite struct RawTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func options(_ layout: RawLayout) -> LogReadOptions {
    var options = LogReadOptions()
    options.rawLayout = layout
    return options
  }

  @Test func everyTypeIsReadInBothByteOrders() throws {
    let cases: [(BinaryNumber, [UInt8], Double)] = [
      (.int8, [0xFE], -2), (.uint8, [0xFE], 254), (.int16, [0xFE, 0xFF], -2), (.uint16, [0xFE, 0xFF], 65534),
      (.int24, [0xFE, 0xFF, 0xFF], -2), (.uint24, [0xFE, 0xFF, 0xFF], 16_777_214),
      (.int32, [0xFE, 0xFF, 0xFF, 0xFF], -2), (.uint32, [0xFE, 0xFF, 0xFF, 0xFF], 4_294_967_294),
      (.int64, [0xFE] + Array(repeating: 0xFF, count: 7), -2), (.uint64, [0, 0, 0, 0, 0, 0, 0, 0x80], 0x1p63),
      (.float32, [0, 0, 0xC0, 0x3F], 1.5), (.float64, [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], -1.5),
    ]
    for (type, bytes, value) in cases {
      for order in ByteOrder.allCases {
        let layout = RawLayout(fields: [.init("a", type)], byteOrder: order, rateHz: 4)
        let stored = order == .little ? bytes : bytes.reversed()
        let recording = try read(stored + stored, options: options(layout))
        #expect(recording.doubles == [value, value], "\(type) \(order)")
        #expect(recording.times == [0, 250_000_000])
        var written: [UInt8] = []
        let isWritten = type.append(value, order, to: &written)
        #expect(isWritten && written == stored, "\(type) \(order)")
      }
    }
  }

  @Test func scaleTimeLabelAndSegmentAreRead() throws {
    let layout = try RawLayout(
      text: "time:uint16[ms],t:int16[degC]*0.5-10,skip:1,label:int8,segment:uint8", byteOrder: .big, headerBytes: 3)
    #expect(layout.frameBytes == 7)
    let frames: [UInt8] = [
      0xFF, 0xFE, 0, 4, 9, 2, 0, /**/ 0xFF, 0xFF, 0, 5, 9, 0xFF, 1, /**/ 0, 1, 0xFF, 0xFF, 9, 2, 1,
    ]
    let recording = try read([1, 2, 3] + frames, options: options(layout))
    #expect(recording.channels == [Channel(name: "t", unit: "degC")])
    #expect(recording.doubles == [-8, -7.5, -10.5])
    // The counter starts over after 65535.
    #expect(recording.times == [65_534_000_000, 65_535_000_000, 65_537_000_000])
    #expect(recording.labels == ["2", nil, "2"])
    #expect(recording.segments == [0, 1, 1])
    let cut = try read([1, 2, 3] + frames.dropLast(), options: options(layout))
    #expect(cut.frameCount == 2)
    #expect(cut.losses.first.map(\.code) == [.partialFrame] && cut.losses.first.map(\.byteOffset) == [17])
  }

  @Test(arguments: [
    "acc", ":int16", "a:int17", "a:int16[g", "a:int16*x", "a:int16*2+", "a:int16!", "label:float32,a:int8", "skip:0",
    "time:int16[h],a:int8", "time:int8[s]", "a:int16*0", "",
  ])
  func aLayoutThatMeansNothingIsRefused(text: String) {
    #expect(throws: LogReadError.self) { try RawLayout(text: text, rateHz: 1) }
  }

  @Test func aLayoutAsTextKeepsItsNumbers() throws {
    let layout = try RawLayout(text: "a:int16[m/s2]*1e-3-2.5e+1,b:uint8+3", rateHz: 10)
    #expect(layout.fields.map(\.scale) == [0.001, 1] && layout.fields.map(\.offset) == [-25, 3])
    #expect(layout.fields[0].unit == "m/s2")
  }

  @Test(arguments: ["a.bin", "a.bin.zst"]) func whatIsWrittenIsRead(name: String) throws {
    let path = folder.file(name)
    let schema = LogSchema(channels: exampleChannels, hasLabels: true, hasSegments: true)
    let (batch, _) = exampleBatch(frames: 50)
    try write(batch, ["0", "7"], to: path, schema: schema)
    let recording = try Recording(SensorLog.open(path, options: options(RawLayout(holding: schema))))
    #expect(recording.times == batch.times && recording.segments == batch.segments)
    #expect(recording.values == batch.values.map(\.bitPattern))
    #expect(recording.labels == batch.labels.map { $0 < 0 ? nil : ["0", "7"][Int($0)] })
  }

  @Test func whatDoesNotFitIsNotClipped() throws {
    let schema = LogSchema(channels: [Channel(name: "a")])
    for (value, type) in [(200.0, BinaryNumber.int8), (-1, .uint16), (.nan, .int32), (1e300, .int64)] {
      var batch = FrameBatch(channelCount: 1)
      batch.append(time: 0, values: [value])
      #expect(throws: LogReadError.self) {
        try write(batch, [], to: folder.file("x.bin"), schema: schema) {
          $0.rawLayout = RawLayout(fields: [.init("a", type)], rateHz: 1)
        }
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func aCounterThatCouldNotBeReadBackIsRefused() throws {
    let schema = LogSchema(channels: [Channel(name: "a")])
    let layout = try RawLayout(text: "time:uint16[ms],a:int8")
    func written(_ milliseconds: [Int64]) throws -> [Int64] {
      var batch = FrameBatch(channelCount: 1)
      for time in milliseconds { batch.append(time: time * 1_000_000, values: [1]) }
      try write(batch, [], to: folder.file("x.bin"), schema: schema) { $0.rawLayout = layout }
      return try Recording(SensorLog.open(folder.file("x.bin"), options: options(layout))).times.map { $0 / 1_000_000 }
    }
    for times in [[1000, 33_767, 66_534, 66_000], [65_535, 98_302], [40_000, 7232]] as [[Int64]] {
      #expect(try written(times) == times)
    }
    for times in [[1000, 50_000], [1000, 33_768], [65_536], [1_700_000_000_000], [40_000, 7231]] as [[Int64]] {
      #expect { try written(times) } throws: { "\($0)".contains("type of more bits than uint16") }
    }
  }

  @Test func framesThatMissTheRateAreNotWritten() throws {
    let schema = LogSchema(channels: [Channel(name: "a")])
    var batch = FrameBatch(channelCount: 1)
    for time in [0, 1_000_000_000, 2_700_000_000] as [Int64] { batch.append(time: time, values: [1]) }
    #expect(throws: LogReadError.self) {
      try write(batch, [], to: folder.file("x.bin"), schema: schema) {
        $0.rawLayout = RawLayout(fields: [.init("a", .int8)], rateHz: 1)
      }
    }
  }

  @Test func damageCostsNoMoreThanItsFrame() throws {
    let layout = try RawLayout(text: "time:uint32[us],a:int16,b:float32,label:uint8", headerBytes: 5)
    var bytes: [UInt8] = [1, 2, 3, 4, 5]
    for index in 0..<20 { bytes += [UInt8(index), 0, 0, 0, UInt8(index), 1, 0, 0, 0x80, 0x3F, 3] }
    let whole = try read(bytes, options: options(layout))
    #expect(whole.frameCount == 20)
    try damageEverywhere(bytes, whole: whole, canEnd: { ($0 - 5) % 11 == 0 }) {
      try read($0, options: options(layout))
    }
    for pieceBytes in 1...16 {
      #expect(try read(bytes, pieceBytes: pieceBytes, options: options(layout)) == whole)
      #expect(try read(zstd(bytes), pieceBytes: pieceBytes, options: options(layout)).values == whole.values)
    }
  }
}
