import PipelineModel
import Tensors
import Testing
import TrainingCompiler

@testable import PipelineRunner

@Suite struct NetworkGraphTests {
  /// The activation functions of a network, in order.
  private func activations(_ activation: LayerActivation) throws -> [NetworkGraph.Activation] {
    let model = Model {
      InvertedResidual(4, expand: 2, kernel: 3, activation: activation)
      Dense(.classes)
    }
    let graph = try model.networkGraph(input: ActivationShape(length: 8, channels: 4), classCount: 2)
    return graph.nodes.compactMap { if case .activation(let function) = $0.operation { function } else { nil } }
  }

  @Test func anInvertedResidualHasTheActivationThatItNames() throws {
    #expect(try activations(.relu6) == [.relu6, .relu6])
    #expect(try activations(.relu) == [.relu, .relu])
    #expect(try activations(.none).isEmpty)
  }
}
