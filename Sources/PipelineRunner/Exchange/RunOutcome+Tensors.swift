import Learning
import ModelExchange
import TrainingCompiler

extension RunOutcome {
  /// What a user of the networks must know.
  var networkFacts: NetworkFacts {
    NetworkFacts(
      version: Version.current, pipeline: pipelineName, classNames: classNames, channelNames: channelNames,
      channelUnits: channelUnits, sampleRateHz: sampleRateHz, windowSamples: windowSamples, hopSamples: hopSamples,
      mean: statistics?.mean ?? [], deviation: statistics?.deviation ?? [])
  }

  /// The contents of `network.safetensors`: the float32 network as a PyTorch `state_dict`.
  var networkFile: SafetensorsFile {
    // `format` tells loaders of PyTorch's world that layouts are theirs.
    SafetensorsFile(
      metadata: networkFacts.metadata.merging(["format": "pt"]) { first, _ in first }, tensors: network.stateDict)
  }

  /// The contents of `int8.safetensors`: the int8 network as quantised, and what adapting to each subject changed; nil
  /// where the run did not quantise.
  var quantizedFile: SafetensorsFile? {
    guard let quantization else { return nil }
    let adapted = (training?.subjects ?? []).map { subject in
      (
        subject: subject.name,
        network: training?.plan.adapted(quantization.network, arena: subject.result.arena) ?? quantization.network
      )
    }
    return SafetensorsFile(
      metadata: networkFacts.metadata.merging(["martlet.subjects": NetworkFacts.text(adapted.map(\.subject))]) {
        first, _ in first
      }, tensors: quantization.network.tensors(adapted: adapted))
  }
}

extension TrainingPlan {
  /// The network that an arena holds once training has updated it, channels as described.
  ///
  /// - Parameter network: As it was before, from which the plan was made.
  func adapted(_ network: QuantizedNetwork, arena: [UInt8]) -> QuantizedNetwork {
    var network = network
    for tensor in updatedTensors {
      let bytes = arena[tensor.offset..<tensor.offset + tensor.byteCount]
      for index in network.nodes.indices {
        if tensor.name == "\(network.nodes[index].name).weights" {
          network.takeWeights(bytes.map { Int8(bitPattern: $0) }, ofNode: index, tensor)
        } else if tensor.name == "\(network.nodes[index].name).bias" {
          network.takeBias(bytes, ofNode: index, tensor)
        }
      }
    }
    return network
  }
}

extension QuantizedNetwork {
  /// - Parameter stored: Row by row, tap by tap, of the channels that the tensor names.
  fileprivate mutating func takeWeights(_ stored: [Int8], ofNode index: Int, _ tensor: ModelDescription.Tensor) {
    let geometry = geometry(ofNode: index)
    var isDepthwise = false
    if case .depthwiseConvolution = nodes[index].operation { isDepthwise = true }
    let columns = isDepthwise ? geometry.outputChannels : geometry.inputChannels
    let inputs = tensor.inputChannels ?? Array(0..<columns)
    // Taps of one channel set for all outputs, of a depthwise convolution; else taps for each output.
    let outputs = isDepthwise ? [0] : tensor.outputChannels ?? Array(0..<geometry.outputChannels)
    precondition(
      stored.count == outputs.count * geometry.kernel * inputs.count, "a tensor holds its rows, taps and channels")
    var position = 0
    for output in outputs {
      for tap in 0..<geometry.kernel {
        for input in inputs {
          nodes[index].weights[(output * geometry.kernel + tap) * columns + input] = stored[position]
          position += 1
        }
      }
    }
  }

  fileprivate mutating func takeBias(
    _ bytes: ArraySlice<UInt8>, ofNode index: Int, _ tensor: ModelDescription.Tensor
  ) {
    let outputs = tensor.outputChannels ?? Array(0..<nodes[index].bias.count)
    precondition(bytes.count == 4 * outputs.count, "a bias is an int32 a channel")
    for (place, output) in outputs.enumerated() {
      let start = bytes.startIndex + 4 * place
      nodes[index].bias[output] = Int32(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }
  }
}
