import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct BatchNormFoldingTests {
  typealias Kernel = NetworkGraph.SlidingKernel

  /// A network whose numbers are small fractions, so that every expected value can be written down.
  private func network(_ build: (inout NetworkGraph) throws -> Void) throws -> FloatNetwork {
    var graph = NetworkGraph(input: ActivationShape(length: 4, channels: 2))
    try build(&graph)
    let parameters = graph.nodes.indices.map { index in
      var numbers = NodeParameters()
      let channels = graph.nodes[index].shape.channels
      numbers.weights = (0..<graph.weightCount(ofNode: index)).map { Float($0 + 1) }
      if case .batchNormalization = graph.nodes[index].operation {
        numbers.normScale = (0..<channels).map { Float($0 + 1) }
        numbers.normShift = (0..<channels).map { Float($0) * 10 }
        numbers.runningMean = (0..<channels).map { Float($0) + 0.5 }
        // With epsilon 1 the deviations are 2, 3, 4, …
        numbers.runningVariance = (0..<channels).map { Float(($0 + 2) * ($0 + 2) - 1) }
      }
      return numbers
    }
    return FloatNetwork(graph: graph, parameters: parameters)
  }

  @Test func aConvolutionTakesScaleAndShiftOfItsNorm() throws {
    let folded = try BatchNormFolding.fold(
      network { graph in
        try graph.append(.convolution(Kernel(size: 2), hasBias: false), named: "conv", to: [0], channels: 2)
        try graph.append(.batchNormalization(epsilon: 1), named: "norm", to: [1])
        try graph.append(.activation(.relu6), named: "relu", to: [2])
      })
    #expect(folded.graph.nodes.map(\.name) == ["input", "conv", "relu"])
    #expect(folded.graph.nodes.map(\.inputs) == [[], [0], [1]])
    #expect(folded.graph.nodes[1].operation == .convolution(Kernel(size: 2), hasBias: true))
    // Factors 1/2 and 2/3; weights 1...4 belong to output 0, 5...8 to output 1.
    let second: [Float] = [10.0 / 3, 4, 14.0 / 3, 16.0 / 3]
    #expect(Array(folded.parameters[1].weights.prefix(4)) == [0.5, 1, 1.5, 2])
    #expect(Array(folded.parameters[1].weights.suffix(4)) == second)
    #expect(folded.parameters[1].bias == [-0.25, 9])
  }

  @Test func aDepthwiseConvolutionScalesEachChannelsTaps() throws {
    let folded = try BatchNormFolding.fold(
      network { graph in
        try graph.append(.depthwiseConvolution(Kernel(size: 3), hasBias: false), named: "dw", to: [0])
        try graph.append(.batchNormalization(epsilon: 1), named: "norm", to: [1])
      })
    let expected: [Float] = [0.5, 4.0 / 3, 1.5, 8.0 / 3, 2.5, 4]
    #expect(folded.parameters[1].weights == expected)
    #expect(folded.parameters[1].bias == [-0.25, 9])
  }

  @Test func aDenseLayerKeepsItsBiasUnderTheNorm() throws {
    var original = try network { graph in
      try graph.append(.dense(hasBias: true), named: "dense", to: [0], channels: 2)
      try graph.append(.batchNormalization(epsilon: 1), named: "norm", to: [1])
    }
    original.parameters[1].bias = [2.5, -1.5]
    let folded = try BatchNormFolding.fold(original)
    #expect(folded.parameters[1].bias == [1, 8])
    #expect(folded.graph.nodes[1].operation == .dense(hasBias: true))
  }

  @Test func layersWithoutANormGetAZeroBiasAndKeepTheirWeights() throws {
    let original = try network { graph in
      try graph.append(.convolution(Kernel(size: 1), hasBias: false), named: "conv", to: [0], channels: 3)
    }
    let folded = try BatchNormFolding.fold(original)
    #expect(folded.parameters[1].weights == original.parameters[1].weights)
    #expect(folded.parameters[1].bias == [0, 0, 0])
  }

  @Test func laterNodesAreRenumberedThroughResidualJoins() throws {
    let folded = try BatchNormFolding.fold(
      network { graph in
        let stem = try graph.appendConvolution(
          named: "stem", to: 0, channels: 4, kernel: Kernel(size: 1), activation: .relu)
        let block = try graph.appendInvertedResidual(
          named: "block", to: stem, channels: 4, expansion: 2, kernel: Kernel(size: 3, padding: 1))
        try graph.append(.dense(hasBias: true), named: "out", to: [block], channels: 2)
      })
    #expect(!folded.graph.nodes.contains { if case .batchNormalization = $0.operation { true } else { false } })
    let names = folded.graph.nodes.map(\.name)
    let join = try #require(folded.graph.nodes.first { $0.name == "block.add" })
    #expect(join.inputs.map { names[$0] } == ["block.project", "stem.relu"])
    for (index, node) in folded.graph.nodes.enumerated() { #expect(node.inputs.allSatisfy { $0 < index }) }
    let numbers = folded.parameters.reduce(0) { $0 + $1.weights.count + $1.bias.count }
    #expect(numbers == folded.graph.foldedParameterCount)
  }

  @Test func aNormThatFollowsNoConvolutionIsRefusedWithItsName() throws {
    let original = try network { graph in
      try graph.append(.activation(.relu), named: "relu", to: [0])
      try graph.append(.batchNormalization(epsilon: 1), named: "lonely", to: [1])
    }
    let expected = BatchNormFoldingError.noConvolutionBefore(norm: "lonely", input: "relu")
    #expect(throws: expected) { try BatchNormFolding.fold(original) }
    #expect(
      expected.description
        == "batch normalization 'lonely' cannot be folded: it follows 'relu', which has no weights; "
        + "put it directly after a convolution or a dense layer")
  }

  @Test func twoNormsInARowAreRefused() throws {
    let original = try network { graph in
      try graph.append(.dense(hasBias: true), named: "dense", to: [0], channels: 2)
      try graph.append(.batchNormalization(epsilon: 1), named: "first", to: [1])
      try graph.append(.batchNormalization(epsilon: 1), named: "second", to: [2])
    }
    #expect(throws: BatchNormFoldingError.noConvolutionBefore(norm: "second", input: "first")) {
      try BatchNormFolding.fold(original)
    }
  }

  @Test func aConvolutionThatSomeoneElseReadsUnnormalisedIsRefused() throws {
    let original = try network { graph in
      try graph.append(.convolution(Kernel(size: 1), hasBias: false), named: "conv", to: [0], channels: 2)
      try graph.append(.batchNormalization(epsilon: 1), named: "norm", to: [1])
      try graph.append(.add, named: "join", to: [2, 1])
    }
    #expect(
      throws: BatchNormFoldingError.sharedConvolution(norm: "norm", convolution: "conv", otherReader: "join")
    ) { try BatchNormFolding.fold(original) }
  }
}
