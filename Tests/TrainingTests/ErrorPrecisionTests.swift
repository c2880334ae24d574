import Foundation
import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// What finer errors are worth, against the gradient in float64 at the same int8 activations.
struct ErrorPrecisionTests {
  /// The relative distance of all weight and bias gradients of a step from float64, as one vector a tensor.
  private func distance(_ test: TestNetwork, _ options: TrainingOptions, windows: Int) -> Double {
    let network = test.network
    var difference = 0.0
    var norm = 0.0
    for (i, window) in test.windows(windows, seed: 51).enumerated() {
      let label = i % network.classCount
      var reference = IntegerReference(
        network, scheme: .full(network), options: options, rate: 0.01, seed: UInt64(i))
      let trace = reference.step(window, label: label)
      let float = FloatReference(network)
      let exact = float.gradients(Self.pass(network, trace), label: label)
      for (n, error) in trace.errors {
        let node = network.nodes[n]
        let inputScale = Double(network.nodes[node.inputs[0]].output.scale)
        // Errors hold their layer's weight scales.
        let weights = node.weights.indices.map { w in
          error.scale.value * inputScale * Double(trace.weightSums[n]![w]) / node.weightScale(ofWeight: w)
        }
        let biases = node.bias.indices.map { o in
          error.scale.value * Double(trace.biasSums[n]![o]) / Double(node.weightScales[o])
        }
        let largest = (exact.weights[n] + exact.biases[n]).reduce(0) { $0 + $1 * $1 }
        guard largest > 0 else { continue }
        for (a, b) in zip(weights + biases, exact.weights[n] + exact.biases[n]) {
          difference += (a - b) * (a - b) / largest
        }
        norm += 1
      }
    }
    return (difference / norm).squareRoot()
  }

  /// The integer network's own activations and clamps, in real units.
  private static func pass(_ network: QuantizedNetwork, _ trace: IntegerReference.Trace) -> FloatReference.Pass {
    var pass = FloatReference.Pass()
    for (n, node) in network.nodes.enumerated() {
      let isLogits = n == network.nodes.count - 1
      pass.outputs.append(
        trace.activations[n].map {
          isLogits
            ? Double($0) * 0x1p-20 : Double(node.output.scale) * Double($0 - Int64(node.output.zeroPoint))
        })
      pass.clamped.append(trace.clamped[n])
      var winners: [Int] = []
      if case .maxPool = node.operation {
        let g = network.geometry(ofNode: n)
        let x = trace.activations[node.inputs[0]]
        for t in 0..<g.outputLength {
          for c in 0..<g.inputChannels {
            let window = (0..<g.kernel).map { (t * g.stride + $0) * g.inputChannels + c }
            winners.append(window.first { x[$0] == window.map { x[$0] }.max()! }!)
          }
        }
      }
      pass.winners.append(winners)
    }
    pass.sums = pass.outputs
    return pass
  }

  /// An error tensor of largest magnitude L errs by up to half a unit, 1/(2L) of its largest element, at each of at
  /// most ten layers: some percent with 127, a 258th of it with 32767, and with int32 what the sums' bounds leave.
  @Test(arguments: TestNetwork.all) func gradientsConvergeToFloat64(_ test: TestNetwork) {
    let distances = Plan.ErrorElement.allCases.map {
      distance(test, TrainingOptions(errorPrecision: $0), windows: 4)
    }
    print("\(test.name): relative distance from float64, int8, int16, int32: \(distances)")
    #expect(distances[0] < 0.1)
    #expect(distances[1] < distances[0] / 60)
    #expect(distances[2] < distances[1] / 2)
    #expect(distances[2] < 2e-5)
  }

  @Test(arguments: TestNetwork.all) func theLimitIsTheLargestThatEverySumAllows(_ test: TestNetwork) throws {
    for scheme in try test.schemes() {
      let options = TrainingOptions(errorPrecision: .int32)
      let reference = IntegerReference(test.network, scheme: scheme, options: options, rate: 0, seed: 0)
      let graph = try StepPass.graph(of: test.network, scheme: scheme, options: options)
      for (n, node) in test.network.nodes.enumerated() where !node.weights.isEmpty {
        for case .gradient(let gradient) in graph.backward.map(\.kind) {
          for output in gradient.outputs where graph.buffers[output.buffer].name == "\(node.name) error" {
            #expect(Int(output.limit) == reference.errorLimit(n), "\(node.name), \(scheme.name)")
          }
        }
      }
    }
  }

  /// Int32 errors of the reference network keep about 17 bits.
  @Test func theReferenceNetworksInt32ErrorsAreFine() throws {
    let network = try MCU1D.quantized(seed: 3)
    let graph = try StepPass.graph(
      of: network, scheme: .full(network), options: TrainingOptions(errorPrecision: .int32))
    let limits = graph.backward.flatMap { operation -> [Int32] in
      guard case .gradient(let gradient) = operation.kind else { return [] }
      return gradient.outputs.filter { $0.kind == .quantized }.map(\.limit)
    }
    print("mcu1d: limits of int32 errors \(limits.sorted())")
    #expect(limits.allSatisfy { $0 > 1 << 16 })
  }

  // MARK: Carried scales

  /// While nothing changes, a carried scale is the exact one, and so are all errors but for the last bit of a factor.
  @Test(arguments: [TestNetwork.twoJoins, .severalReaders, .plainConvolutions], Plan.ErrorElement.allCases)
  func aCarriedScaleIsTheExactOneWhileTheMaximumStays(_ test: TestNetwork, _ element: Plan.ErrorElement) throws {
    let network = test.network
    let window = test.windows(1, seed: 71)[0]
    func tensors(_ scale: TrainingOptions.ErrorScale, steps: Int) throws -> [String: [UInt8]] {
      let options = TrainingOptions(errorPrecision: element, errorScale: scale)
      let plan = try disjointPlan(network, scheme: .full(network), options: options)
      return try withEngine(plan, EngineSetup(rate: 0)) { engine in
        for _ in 0..<steps {
          engine.fill(window)
          engine.step(label: 1)
        }
        let arena = engine.bytes
        return Dictionary(
          uniqueKeysWithValues: plan.buffers.filter { $0.role == .error }
            .map { ($0.name, Array(arena[$0.offset..<$0.offset + $0.byteCount])) })
      }
    }
    let exact = try tensors(.exact, steps: 1)
    #expect(try tensors(.carried, steps: 1) == exact, "the first step has nothing to carry")
    for (name, bytes) in try tensors(.carried, steps: 5) {
      let expected = try #require(exact[name])
      #expect(Self.scale(bytes) == Self.scale(expected), "\(name)")
      for (a, b) in zip(
        OptionTests.elements(bytes.dropFirst(8), element), OptionTests.elements(expected.dropFirst(8), element))
      {
        #expect(abs(a - b) <= 1, "\(name)")
      }
    }
  }

  private static func scale(_ bytes: [UInt8]) -> [Int64] { int32s(bytes.prefix(8)) }

  /// What outlives a step may come back from a file. Bytes that no engine wrote are read as nothing carried: the next
  /// step takes its own scale again, and nothing traps.
  @Test func carriedBytesThatNoEngineWroteAreReadAsNothing() throws {
    let test = TestNetwork.twoJoins
    let network = test.network
    let options = TrainingOptions(errorScale: .carried, gradientMemory: .momentum(0.9))
    let plan = try disjointPlan(network, scheme: .full(network), options: options)
    let window = test.windows(1, seed: 72)[0]
    for byte in [0xFF, 0x7F, 0x01, 0x80, 0x3F] as [UInt8] {
      let memory = AlignedBytes(count: plan.arenaBytes)
      try withEngine(plan, EngineSetup(rate: 0), memory: memory) { engine in
        engine.fill(window)
        engine.step(label: 1)
        let first = engine.bytes
        for buffer in plan.buffers where buffer.role == .carriedScale || buffer.role == .velocity {
          for i in 0..<buffer.byteCount { memory.buffer[buffer.offset + i] = byte }
        }
        engine.fill(window)
        engine.step(label: 1)
        let second = engine.bytes
        for buffer in plan.buffers where buffer.role == .error {
          let range = buffer.offset..<buffer.offset + buffer.byteCount
          #expect(Array(second[range]) == Array(first[range]), "\(buffer.name), \(byte)")
        }
      }
    }
  }
}
