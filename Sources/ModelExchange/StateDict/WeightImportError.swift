/// Why the tensors of a file cannot become a network's numbers.
public enum WeightImportError: Error, Sendable, Hashable {
  case file(SafetensorsError)
  /// No module of the file is the layer; `module` is the one of its name, if there is one.
  case noModule(layer: String, module: String?, found: [String])
  /// More than one way to give the file's modules to the layers.
  case ambiguous(layer: String, candidates: [String])
  /// Modules of the file that no layer takes.
  case left([String])
  /// The pipeline names another number of modules than there are layers.
  case moduleCount(named: Int, layers: [String])
  case unknownModule(String, nearest: String?, found: [String])
  case missingTensor(module: String, tensor: String)
  case shape(tensor: String, expected: [Int], found: [Int])
  case notFloat(tensor: String, element: String)
  case notFinite(tensor: String)
  /// A variance below zero.
  case negativeVariance(tensor: String)
}

extension WeightImportError: CustomStringConvertible {
  /// What is wrong and what to do, without the file's name.
  public var description: String {
    if case .file(let error) = self { return error.description }
    return "\(reason); \(advice)"
  }

  /// What is wrong.
  public var reason: String {
    switch self {
    case .file(let error): error.reason
    case .noModule(let layer, let module?, _): "layer \(layer) does not fit module \(module)"
    case .noModule(let layer, nil, let found):
      "no module of the file fits layer \(layer); it holds \(Self.list(found))"
    case .ambiguous(let layer, let candidates):
      "layer \(layer) may be \(Self.list(candidates, joined: " or ")), whose names tell no order"
    case .left(let modules): "no layer of the network takes \(Self.list(modules))"
    case .moduleCount(let named, let layers):
      "modules: names \(named) modules, and the network has \(layers.count) layers with numbers, "
        + Self.list(layers, limit: 40)
    case .unknownModule(let name, _, _): "the file has no module '\(name)'"
    case .missingTensor(let module, let tensor): "module '\(module)' has no '\(tensor)'"
    case .shape(let tensor, let expected, let found):
      "tensor '\(tensor)' has shape \(found), and the network takes \(expected)"
    case .notFloat(let tensor, let element): "tensor '\(tensor)' has elements \(element)"
    case .notFinite(let tensor): "tensor '\(tensor)' holds values that are not finite numbers"
    case .negativeVariance(let tensor): "tensor '\(tensor)' holds variances below zero"
    }
  }

  /// What to do.
  public var advice: String {
    switch self {
    case .file(let error): error.advice
    case .noModule: "give the layer the module's sizes, or name the modules in the order of the layers with modules:"
    case .ambiguous: "name the modules in the order of the layers with modules:"
    case .left: "add the layers, or leave the tensors out of the file"
    case .moduleCount: "name a module for each layer"
    case .unknownModule(_, let nearest, let found):
      nearest.map { "did you mean '\($0)'?" } ?? "it holds \(Self.list(found))"
    case .missingTensor: "save the whole state_dict"
    case .shape: "change the layer, or save the network that the pipeline describes"
    case .notFloat: "save it as float32, before any quantisation"
    case .notFinite, .negativeVariance: "train the network again"
    }
  }

  private static func list(_ names: [String], joined separator: String = ", ", limit: Int = 8) -> String {
    guard !names.isEmpty else { return "nothing" }
    return names.prefix(limit).joined(separator: separator)
      + (names.count > limit ? " and \(names.count - limit) more" : "")
  }
}
