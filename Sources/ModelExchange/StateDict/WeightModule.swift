/// The tensors of a file that belong to one module: what stands before the last dot of their names is the same.
struct WeightModule: Sendable, Hashable {
  /// Empty where the names have no dot.
  var name: String
  /// By the last part of their names.
  var tensors: [String: NamedTensor]

  var weight: NamedTensor? { tensors["weight"] }
  var bias: NamedTensor? { tensors["bias"] }
  var isNorm: Bool { tensors["running_mean"] != nil || tensors["running_var"] != nil }

  /// In a few words, for messages: `'conv1' [32, 6, 5]`.
  var sketch: String {
    let shape = (weight ?? tensors["running_mean"] ?? tensors.values.min { $0.name < $1.name })?.shape ?? []
    return "'\(name)' \(isNorm ? "batch norm " : "")\(shape)"
  }

  /// The modules of a file, names in the order in which people count: `layer2` before `layer10`.
  static func modules(of file: SafetensorsFile) -> [WeightModule] {
    var tensors: [String: [String: NamedTensor]] = [:]
    for tensor in file.tensors {
      let dot = tensor.name.lastIndex(of: ".")
      let module = dot.map { String(tensor.name[..<$0]) } ?? ""
      let key = dot.map { String(tensor.name[tensor.name.index(after: $0)...]) } ?? tensor.name
      // Counts batches, which nothing follows from.
      if key == "num_batches_tracked" { continue }
      tensors[module, default: [:]][key] = tensor
    }
    return tensors.map { WeightModule(name: $0.key, tensors: $0.value) }
      .sorted { ($0.order, $0.name.utf8ordered) < ($1.order, $1.name.utf8ordered) }
  }

  private var order: ModuleOrder { ModuleOrder(parts: parts) }

  private var parts: [ModulePart] { name.split(separator: ".").map { ModulePart($0) } }

  /// Whether the names tell that this module runs before another: where they first differ, both have a number behind the
  /// same letters, as `features.2` and `features.10` or `conv1` and `conv2` have.
  func precedes(_ other: WeightModule) -> Bool {
    for (left, right) in zip(parts, other.parts) where left != right {
      guard left.stem == right.stem, let first = left.number, let second = right.number else { return false }
      return first < second
    }
    return false
  }
}

/// A part of a module's name: letters, and the number behind them.
private struct ModulePart: Sendable, Hashable {
  var stem: Substring
  var number: Int?

  init(_ text: Substring) {
    let digits = text.reversed().prefix { ("0"..."9").contains($0) }.count
    stem = text.dropLast(digits)
    number = Int(text.suffix(digits))
  }
}

private struct ModuleOrder: Comparable {
  var parts: [ModulePart]

  static func < (left: ModuleOrder, right: ModuleOrder) -> Bool {
    for (a, b) in zip(left.parts, right.parts) where a != b {
      if a.stem != b.stem { return String(a.stem).utf8ordered < String(b.stem).utf8ordered }
      return (a.number ?? -1) < (b.number ?? -1)
    }
    return left.parts.count < right.parts.count
  }
}
