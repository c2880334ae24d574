import Foundation
import Learning
import Testing
import Training
import TrainingCompiler

@testable import ModelExchange

/// Files of ours read by ONNX, ONNX Runtime and the safetensors package, and theirs by us.
@Suite(.enabled(if: Peer.available, "run Scripts/test-peers, which installs other people's packages"))
struct PeerExchangeTests {
  private struct Described: Decodable {
    struct Tensor: Decodable {
      var dtype: String
      var shape: [Int]
      var values: [Double]
    }
    var metadata: [String: String]
    var tensors: [String: Tensor]
    /// Whether the package writes the same bytes.
    var same: Bool
  }

  private struct Comparison: Decodable {
    var name: String
    var operations: [String]
    /// The largest difference of logits.
    var float: Double
    /// The largest difference and the mean difference of softmax scores.
    var scores: Double
    var meanScores: Double
    var agreement: Double
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("exchange-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func tensorsGoBothWaysWithoutLoss() throws {
    try withFolder { folder in
      let theirs = try JSONDecoder().decode(
        Described.self, from: Self.plain(Peer.run("tensors", "write", folder.path)))
      let bytes = Array(try Data(contentsOf: folder.appendingPathComponent("theirs.safetensors")))
      let file = try SafetensorsFile(bytes: bytes)
      // Their library writes metadata in an order that changes from process to process.
      #expect(try SafetensorsFile(bytes: file.bytes()) == file && file.bytes().count == bytes.count)
      #expect(file.metadata == theirs.metadata && file.tensors.count == theirs.tensors.count)
      for tensor in file.tensors {
        let expected = try #require(theirs.tensors[tensor.name])
        #expect(tensor.shape == expected.shape)
        guard let floats = tensor.floats else { continue }
        #expect(floats == expected.values.map { Float($0) }, "\(tensor.name)")
      }
      let sample = try SampleNetwork(seed: 11)
      let ours = SafetensorsFile(
        metadata: ["format": "pt"],
        tensors: try sample.float.stateDict
          + sample.quantized.tensors()
          .map { tensor in
            var tensor = tensor
            tensor.name = "int8." + tensor.name
            return tensor
          })
      let path = folder.appendingPathComponent("ours.safetensors")
      try Data(ours.bytes()).write(to: path)
      let read = try JSONDecoder().decode(Described.self, from: Self.plain(Peer.run("tensors", "read", path.path)))
      #expect(read.same)
      for tensor in ours.tensors {
        #expect(read.tensors[tensor.name]?.shape == tensor.shape)
        if let floats = tensor.floats { #expect(read.tensors[tensor.name]?.values == floats.map { Double($0) }) }
        if let integers = tensor.int8s { #expect(read.tensors[tensor.name]?.values == integers.map { Double($0) }) }
      }
    }
  }

  /// Infinities, which JSON lacks, as a number that is one in single precision.
  private static func plain(_ json: Data) -> Data {
    Data(String(decoding: json, as: UTF8.self).replacing("Infinity", with: "1e300").utf8)
  }

  @Test func drawnNetworksGiveTheSameLogitsInOnnxRuntime() throws {
    try withFolder { folder in
      var names: [String] = []
      for seed in 1...60 {
        let sample = try SampleNetwork(seed: UInt64(seed))
        let quantized = try sample.quantized
        let name = "n\(seed)"
        names.append(name)
        func write(_ bytes: [UInt8], _ ending: String) throws {
          try Data(bytes).write(to: folder.appendingPathComponent("\(name).\(ending)"))
        }
        try write(ONNXModel(sample.float, facts: sample.facts).bytes(), "float.onnx")
        try write(ONNXModel(quantized, facts: sample.facts).bytes(), "int8.onnx")
        try write(outputs(sample, quantized).bytes(), "windows.safetensors")
      }
      let text = String(decoding: try Peer.run(["run", folder.path] + names), as: UTF8.self)
      let found = try text.split(separator: "\n").map {
        try JSONDecoder().decode(Comparison.self, from: Data($0.utf8))
      }
      #expect(found.map(\.name) == names)
      #expect(Set(found.flatMap(\.operations)).isSuperset(of: ["BatchNormalization", "MaxPool", "AveragePool", "Add"]))
      for result in found {
        #expect(result.float <= 1e-4, "\(result)")
        // A halfway value that is rounded otherwise moves an activation by one step of 255, seldom.
        #expect(result.scores <= 0.06 && result.meanScores <= 0.006 && result.agreement >= 0.9, "\(result)")
      }
      let agreement = found.reduce(0) { $0 + $1.agreement } / Double(found.count)
      #expect(agreement >= 0.995, "\(agreement)")
    }
  }

  /// What we make of a network's windows.
  private func outputs(_ sample: SampleNetwork, _ quantized: QuantizedNetwork) throws -> SafetensorsFile {
    let (length, channels) = (sample.windows.shape.length, sample.windows.shape.channels)
    var values: [Float] = []
    for window in 0..<sample.windows.count {
      let own = Array(sample.windows.window(window))
      for channel in 0..<channels { for frame in 0..<length { values.append(own[frame * channels + channel]) } }
    }
    let session = try TrainingSession(
      plan: try TrainingPlan.compile(quantized, scheme: .predictionOnly(quantized)),
      learningRate: .init(rate: .zero), seed: 0)
    let integers = QuantizedWindows(sample.windows, for: quantized)
    var scores: [Float] = []
    for window in 0..<sample.windows.count {
      _ = session.predict(integers.window(window))
      scores += session.scores.map { Float($0) }
    }
    let count = sample.windows.count
    let classes = sample.facts.classNames.count
    return SafetensorsFile(tensors: [
      NamedTensor("windows", shape: [count, channels, length], values),
      NamedTensor("float32.logits", shape: [count, classes], try sample.float.logits(of: sample.windows, threads: 1)),
      NamedTensor("int8.scores", shape: [count, classes], scores),
    ])
  }
}

/// The Python environment that `Scripts/test-peers` makes.
private enum Peer {
  private static let python = ProcessInfo.processInfo.environment["MARTLET_PEERS"]
  static var available: Bool { python != nil }

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  static func run(_ arguments: String...) throws -> Data { try run(arguments) }

  /// What `Scripts/peers/exchange.py` prints.
  static func run(_ arguments: [String]) throws -> Data {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = [root.appendingPathComponent("Scripts/peers/exchange.py").path] + arguments
    // A file, not a pipe: neither side can block on the other. Errors go where the tests' do.
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("exchange-\(UUID().uuidString)")
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(description: "exchange.py ended with status \(process.terminationStatus)")
    }
    return try Data(contentsOf: output)
  }
}
