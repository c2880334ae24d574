import Testing
import TrainingCompiler

@testable import Learning

/// The parts of the local search, and the schemes that it begins with.
struct RefinementTests {
  let network: QuantizedNetwork

  init() throws { network = try SearchWorld.network() }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func neighboursAreDistinctAndOneMoveAway(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let shares: [ChannelShare] = seed % 2 == 0 ? [.all] : [.quarter, .all]
    let scheme = UpdateScheme.random(of: network, probability: 0.4, shares: shares, using: &random)
    let neighbourhood = SchemeNeighbours(of: network, shares: shares)
    let neighbours = neighbourhood.neighbours(of: scheme)
    #expect(Set(neighbours.map(\.scheme.updates)).count == neighbours.count)
    #expect(neighbours.allSatisfy { $0.scheme.updates != scheme.updates && !$0.scheme.isEmpty })
    // Every single tensor can be added, removed or given any share that it may have.
    for tensor in ParameterTensor.all(of: network) {
      let isWhole = tensor.part == .bias || !network.mayUpdateShare(ofNode: tensor.node)
      for share in [ChannelShare.none] + (isWhole ? [.all] : shares) where share != scheme[tensor] {
        var expected = scheme
        expected[tensor] = share
        #expect(expected.isEmpty || neighbours.contains { $0.scheme.updates == expected.updates }, "seed \(seed)")
      }
    }
    // And every change can be taken back.
    if !scheme.isEmpty {
      for neighbour in neighbours where !neighbour.change.contains("no others") {
        #expect(
          neighbourhood.neighbours(of: neighbour.scheme).contains { $0.scheme.updates == scheme.updates },
          "seed \(seed): \(neighbour.change)")
      }
    }
  }

  @Test func aModelRecoversAccuraciesThatAddUp() {
    let tensors = ParameterTensor.all(of: network)
    var random = TestRandom(seed: 3)
    let truth = tensors.map { _ in Double.random(in: -0.1...0.1, using: &random) }
    func accuracy(_ scheme: UpdateScheme) -> Double {
      zip(tensors, truth).reduce(0.4) { $0 + (scheme[$1.0] == .none ? 0 : $1.1) }
    }
    let measured = (0..<120).map { _ in
      let scheme = UpdateScheme.random(of: network, probability: 0.5, using: &random)
      return (scheme: scheme, accuracy: accuracy(scheme))
    }
    let model = AccuracyModel(
      tensors: tensors, prior: tensors.map { _ in 0 }, near: .full(network), measured: measured, strength: 1e-6)
    for _ in 0..<20 {
      let scheme = UpdateScheme.random(of: network, probability: 0.5, using: &random)
      #expect(abs(model.guess(scheme) - accuracy(scheme)) < 1e-4)
    }
    // With nothing measured the prior speaks.
    let blank = AccuracyModel(tensors: tensors, prior: truth, near: .full(network), measured: [])
    #expect(abs(blank.guess(.full(network)) - truth.reduce(0, +)) < 1e-12)
  }

  @Test func linearSystemsAreSolved() {
    var random = TestRandom(seed: 2)
    for n in 1...8 {
      let rows = (0..<n).map { _ in (0..<n).map { _ in Double.random(in: -1...1, using: &random) } }
      // A matrix times its transpose, and a little on the diagonal, is positive definite.
      let matrix = (0..<n).map { i in
        (0..<n).map { j in zip(rows[i], rows[j]).reduce(i == j ? 0.1 : 0) { $0 + $1.0 * $1.1 } }
      }
      let x = (0..<n).map { _ in Double.random(in: -1...1, using: &random) }
      let right = matrix.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } }
      let found = AccuracyModel.solve(matrix, right)
      #expect(zip(found, x).allSatisfy { abs($0 - $1) < 1e-9 })
    }
  }

  @Test func handMadeSchemesReachWhereTheirNamesSay() throws {
    let families = HandMadeSchemes(of: network).families
    #expect(Set(families.map(\.family)) == Set(HandMadeSchemes.Family.allCases))
    func tensors(_ family: HandMadeSchemes.Family, _ position: Int) throws -> [String] {
      let schemes = try #require(families.first { $0.family == family }).schemes
      return schemes[position].tensorNames(in: network)
    }
    let classifier = ["classifier.weights", "classifier.bias"]
    let block = ["expand", "depthwise", "project"].flatMap { ["block1.\($0).weights", "block1.\($0).bias"] }
    // Four blocks: stem, block1, head, classifier.
    #expect(try tensors(.lastBlocks, 0) == classifier)
    #expect(try tensors(.lastBlocks, 2) == block + ["head.weights", "head.bias"] + classifier)
    #expect(try tensors(.firstBlocksAndLast, 1) == ["stem.weights", "stem.bias"] + block + classifier)
    #expect(try tensors(.firstConvolutionAndLast, 0) == ["stem.weights", "stem.bias"] + classifier)
    #expect(try tensors(.biases, 0).allSatisfy { $0.hasSuffix(".bias") })
    #expect(try tensors(.biases, 0).count == 6)
    #expect(try tensors(.biasesAndLast, 0).count == 7)
    #expect(try tensors(.firstConvolutionAndLastAndBiases, 0).count == 8)
    #expect(try tensors(.lastBlocksAndBiases, 1).count == 8)
    #expect(try tensors(.firstBlocksAndLastAndBiases, 2).count == 12)
    // Within a family each scheme updates what the one before it does, and more.
    for (_, schemes) in families {
      for (less, more) in zip(schemes, schemes.dropFirst()) {
        #expect(more.contains(less) && more.updates != less.updates)
      }
    }
  }
}
