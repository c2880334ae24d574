import Learning
import Testing
import TrainingCompiler

@testable import ModelExchange

@Suite struct ONNXModelTests {
  @Test func numbersAreWrittenAsTheFormatSays() {
    var writer = ProtobufWriter()
    // The examples of the format's own page: 150 in field 1, "testing" in field 2.
    writer.add(1, Int64(150))
    writer.add(2, "testing")
    #expect(writer.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8))
    writer = ProtobufWriter()
    writer.add(16, Int64(-1))
    #expect(writer.bytes == [0x80, 0x01] + [UInt8](repeating: 0xff, count: 9) + [0x01])
    writer = ProtobufWriter()
    writer.addMessage(3) { inner in inner.add(2, Float(1)) }
    #expect(writer.bytes == [0x1a, 0x05, 0x15, 0, 0, 0x80, 0x3f])
  }

  private func graph(_ model: ONNXModel) throws -> [UInt8] {
    try #require(try ProtobufReader.all(7, of: model.bytes()).first)
  }

  /// Every value that a node reads is fed, constant or computed before, and every value has one source.
  private func checkOrder(_ graph: [UInt8]) throws {
    var known = Set(try ProtobufReader.all(11, of: graph).flatMap { try ProtobufReader.texts(1, of: $0) })
    for constant in try ProtobufReader.all(5, of: graph) {
      let name = try #require(try ProtobufReader.texts(8, of: constant).first)
      #expect(known.insert(name).inserted, "\(name)")
    }
    for node in try ProtobufReader.all(1, of: graph) {
      for input in try ProtobufReader.texts(1, of: node) { #expect(known.contains(input), "\(input)") }
      for output in try ProtobufReader.texts(2, of: node) { #expect(known.insert(output).inserted, "\(output)") }
    }
    #expect(known.contains("logits"))
  }

  @Test func everyKindOfLayerIsWrittenWithWhatItReads() throws {
    var operations: (float: Set<String>, int8: Set<String>) = ([], [])
    for seed in 1...60 {
      let sample = try SampleNetwork(seed: UInt64(seed))
      let models = (
        float: ONNXModel(sample.float, facts: sample.facts), int8: ONNXModel(try sample.quantized, facts: sample.facts)
      )
      #expect(models.float.bytes() == ONNXModel(sample.float, facts: sample.facts).bytes())
      operations.float.formUnion(models.float.nodes.map(\.operation))
      operations.int8.formUnion(models.int8.nodes.map(\.operation))
      try checkOrder(graph(models.float))
      try checkOrder(graph(models.int8))
    }
    let common: Set = [
      "Conv", "Gemm", "Flatten", "Add", "Relu", "AveragePool", "MaxPool", "GlobalAveragePool", "Unsqueeze",
    ]
    #expect(operations.float == common.union(["BatchNormalization", "Clip"]))
    // Six is the end of int8 where ReLU6 was met, and limits of ReLU are int8's own where its zero point is -128.
    #expect(operations.int8.isSuperset(of: common.subtracting(["Relu"]).union(["QuantizeLinear", "DequantizeLinear"])))
  }

  @Test func theHeadSaysWhichOperatorsAndHowToFeedThem() throws {
    var sample = try SampleNetwork(seed: 5)
    let channels = sample.facts.channelNames.count
    sample.facts.mean = (0..<channels).map { Double($0) + 0.25 }
    sample.facts.deviation = Array(repeating: 2, count: channels)
    let bytes = ONNXModel(sample.float, facts: sample.facts).bytes()
    #expect(try ProtobufReader.integers(1, of: bytes) == [7])
    #expect(try ProtobufReader.all(8, of: bytes).map { try ProtobufReader.integers(2, of: $0) } == [[13]])
    let entries = try ProtobufReader.all(14, of: bytes).map {
      (try ProtobufReader.texts(1, of: $0)[0], try ProtobufReader.texts(2, of: $0)[0])
    }
    #expect(NetworkFacts(metadata: Dictionary(uniqueKeysWithValues: entries)) == sample.facts)
    for (input, name, first) in [(ONNXInput.normalized, "normalized_window", "Conv"), (.raw, "window", "Sub")] {
      let graph = try graph(ONNXModel(sample.float, facts: sample.facts, input: input))
      let port = try #require(try ProtobufReader.all(11, of: graph).first)
      #expect(try ProtobufReader.texts(1, of: port) == [name])
      #expect(try ProtobufReader.texts(4, of: ProtobufReader.all(1, of: graph)[0]) == [first])
    }
  }

  @Test func factsThatCannotBeMeantAreNone() throws {
    let facts = try SampleNetwork(seed: 1).facts
    #expect(NetworkFacts(metadata: facts.metadata) == facts)
    for (key, text) in [
      ("classes", "[]"), ("channels", "1"), ("units", "[]"), ("sampleRateHz", "0"), ("windowSamples", "-1"),
      ("mean", "[1]"), ("deviation", "[0]"), ("hopSamples", ""),
    ] {
      var metadata = facts.metadata
      metadata["martlet.\(key)"] = text
      #expect(NetworkFacts(metadata: metadata) == nil, "\(key)")
      metadata["martlet.\(key)"] = nil
      #expect(NetworkFacts(metadata: metadata) == nil, "\(key)")
    }
  }
}
