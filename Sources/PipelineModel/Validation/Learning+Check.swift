extension Model {
  func check(in validation: inout Validation, at path: PipelinePath) {
    guard !layers.isEmpty, !validation.incompleteBlocks.contains(path) else { return }
    for (index, layer) in layers.enumerated() {
      let place = path.child(index)
      layer.checkPadding(in: &validation, at: place)
      checkPosition(of: index, in: &validation, at: place)
    }
    if case .dense(let last)? = layers.last, last.outputs == .classes {
      if last.activation != .none {
        validation.report(
          .misplacedLayer(layer: "Dense(activation:)", needs: .hiddenLayer),
          at: path.child(layers.count - 1).parameter("activation"))
      }
    } else if validation.isSound(path.child(layers.count - 1)) {
      validation.report(
        .modelDoesNotEndInClasses(last: layers.last?.sketch), at: path.child(layers.count - 1))
    }
  }

  private func checkPosition(of index: Int, in validation: inout Validation, at path: PipelinePath) {
    let before = index > 0 ? layers[index - 1] : nil
    switch layers[index] {
    case .dense(let dense) where dense.outputs == .classes && index < layers.count - 1:
      validation.report(.classesBeforeEnd, at: path.parameter("outputs"))
    case .batchNormalization where before?.acceptsNormalization != true:
      validation.report(.misplacedLayer(layer: "BatchNormalization", needs: .bareConvolution), at: path)
    case .relu where before?.acceptsActivation != true:
      validation.report(.misplacedLayer(layer: "ReLU", needs: .layerWithoutActivation), at: path)
    case .relu6 where before?.acceptsActivation != true:
      validation.report(.misplacedLayer(layer: "ReLU6", needs: .layerWithoutActivation), at: path)
    default:
      break
    }
  }
}

extension Layer {
  /// The layer in a few words: `Dense(6)`.
  fileprivate var sketch: String {
    if case .dense(let dense) = self, case .count(let count) = dense.outputs { return "Dense(\(count))" }
    return description.name
  }

  /// Whether batch normalisation can be folded into this layer.
  fileprivate var acceptsNormalization: Bool {
    switch self {
    case .conv1D(let layer): !layer.batchNorm && layer.activation == .none
    case .depthwiseConv1D(let layer): !layer.batchNorm && layer.activation == .none
    case .pointwise(let layer): !layer.batchNorm && layer.activation == .none
    default: false
    }
  }

  /// Whether an activation can be fused with this layer as its clamp.
  fileprivate var acceptsActivation: Bool {
    switch self {
    case .conv1D(let layer): layer.activation == .none
    case .depthwiseConv1D(let layer): layer.activation == .none
    case .pointwise(let layer): layer.activation == .none
    case .dense(let layer): layer.activation == .none
    case .batchNormalization: true
    default: false
    }
  }

  fileprivate func checkPadding(in validation: inout Validation, at path: PipelinePath) {
    let sizes: (padding: Int?, kernel: Int)
    switch self {
    case .conv1D(let layer): sizes = (layer.padding, layer.kernel)
    case .depthwiseConv1D(let layer): sizes = (layer.padding, layer.kernel)
    default: return
    }
    guard let padding = sizes.padding, sizes.kernel >= 1, padding >= sizes.kernel else { return }
    validation.report(
      .paddingReachesKernel(layer: description.name, padding: padding, kernel: sizes.kernel),
      at: path.parameter("padding"))
  }
}

extension Update {
  func check(in validation: inout Validation, at path: PipelinePath) {
    guard case .tensors(let names) = scheme else { return }
    validation.checkNames(names, subject: ".tensors(_:)", at: path.parameter("scheme").parameter("names"))
  }
}

extension Train {
  func check(in validation: inout Validation, at path: PipelinePath) {
    switch optimizer {
    case .adam:
      validation.report(.optimizerNotOnDevice(name: ".adam"), at: path.parameter("optimizer"))
    case .sgd(_, let momentum) where momentum != 0 && accumulate > 1:
      validation.report(
        .momentumWhileAccumulating(windows: accumulate), at: path.parameter("accumulate"),
        related: path.parameter("optimizer"))
    case .sgd:
      break
    }
  }
}

extension Report {
  func check(in validation: inout Validation, at path: PipelinePath) {
    let isPlain =
      // The suffix also keeps it apart from the other files of a run directory.
      !file.contains("/") && !file.hasPrefix(".") && file.lowercased().hasSuffix(".html") && file.utf8.count <= 200
      && !file.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
    if file.isEmpty {
      validation.report(.emptyString(subject: "Report(_:)"), at: path.parameter("file"))
    } else if !isPlain {
      validation.report(.invalidValue(subject: "Report(_:)", reason: .notAFileName), at: path.parameter("file"))
    }
  }
}

extension Pipeline {
  func check(in validation: inout Validation, at path: PipelinePath) {
    if name.isEmpty {
      validation.report(.emptyString(subject: "Pipeline(_:)"), at: path.parameter("name"))
    } else if name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      validation.report(.invalidValue(subject: "Pipeline(_:)", reason: .controlCharacter), at: path.parameter("name"))
    }
  }
}
