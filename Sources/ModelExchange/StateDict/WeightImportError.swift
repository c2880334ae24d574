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
    switch self {
    case .file(let error): error.description
    case .noModule(let layer, let module?, _):
      "layer \(layer) does not fit module \(module) of the file; change the layer, or name the modules in the order of "
        + "the layers with modules:"
    case .noModule(let layer, nil, let found):
      "no module of the file fits layer \(layer); it holds \(Self.list(found)). Give the network the file's sizes, or "
        + "name its modules in the order of the layers with modules:"
    case .ambiguous(let layer, let candidates):
      "layer \(layer) may be \(Self.list(candidates, joined: " or ")): their names tell no order; name the modules in "
        + "the order of the layers with modules:"
    case .left(let modules):
      "no layer of the network takes \(Self.list(modules)); add the layers, or leave the tensors out of the file"
    case .moduleCount(let named, let layers):
      "modules: names \(named) modules, and the network has \(layers.count) layers with numbers: "
        + Self.list(layers, limit: 40)
    case .unknownModule(let name, let nearest, let found):
      "the file has no module '\(name)'; "
        + (nearest.map { "did you mean '\($0)'?" } ?? "it holds \(Self.list(found))")
    case .missingTensor(let module, let tensor):
      "module '\(module)' has no '\(tensor)'; save the whole state_dict"
    case .shape(let tensor, let expected, let found):
      "tensor '\(tensor)' has shape \(found), and the network takes \(expected); change the layer, or save the network "
        + "that the pipeline describes"
    case .notFloat(let tensor, let element):
      "tensor '\(tensor)' has elements \(element); save it as float32, before any quantisation"
    case .notFinite(let tensor): "tensor '\(tensor)' holds values that are not finite numbers; train the network again"
    case .negativeVariance(let tensor): "tensor '\(tensor)' holds variances below zero; train the network again"
    }
  }

  private static func list(_ names: [String], joined separator: String = ", ", limit: Int = 8) -> String {
    guard !names.isEmpty else { return "nothing" }
    return names.prefix(limit).joined(separator: separator)
      + (names.count > limit ? " and \(names.count - limit) more" : "")
  }
}
