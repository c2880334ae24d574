extension DecodingContext {
  /// Assigns what is written to parameters; the result is in the order of the parameters.
  ///
  /// As in Swift, arguments stand in the order of their parameters. Each mistake is reported where it is
  /// written; a label that resembles a free parameter counts as that parameter, so that one slip of the
  /// finger is one diagnostic.
  mutating func match(
    _ written: [Argument], to parameters: [Parameter], of owner: String, at path: PipelinePath
  ) -> [Literal?] {
    var filled: [Literal?] = Array(repeating: nil, count: parameters.count)
    var furthest = -1
    for (position, argument) in written.enumerated() {
      let here = path.written(position)
      guard let index = parameterIndex(of: argument, in: parameters, filled: filled, owner: owner, at: here) else {
        continue
      }
      if filled[index] != nil {
        report(.repeatedArgument(owner: owner, label: parameters[index].label ?? parameters[index].name), at: here)
        continue
      }
      filled[index] = argument.value
      if index < furthest {
        report(
          .argumentOrder(owner: owner, argument: parameters[index].shown, before: parameters[furthest].shown),
          at: here)
      }
      furthest = max(furthest, index)
    }
    for (index, parameter) in parameters.enumerated() where filled[index] == nil && parameter.isRequired {
      report(.missingArgument(owner: owner, parameter: parameter), at: path)
    }
    return filled
  }

  private mutating func parameterIndex(
    of argument: Argument, in parameters: [Parameter], filled: [Literal?], owner: String, at path: PipelinePath
  ) -> Int? {
    guard let label = argument.label else {
      if let index = parameters.indices.first(where: { parameters[$0].label == nil && filled[$0] == nil }) {
        return index
      }
      let free = parameters.indices.first { parameters[$0].label != nil && filled[$0] == nil }
      report(.missingLabel(owner: owner, label: free.flatMap { parameters[$0].label }), at: path)
      return free
    }
    if let index = parameters.firstIndex(where: { $0.label == label }) { return index }
    if let index = parameters.firstIndex(where: { $0.label == nil && $0.name == label }) {
      report(.needlessLabel(owner: owner, label: label), at: path)
      return index
    }
    let free = parameters.indices.filter { parameters[$0].label != nil && filled[$0] == nil }
    let nearest = nearest(to: label, in: free.compactMap { parameters[$0].label })
    report(
      .unknownArgument(owner: owner, label: label, nearest: nearest, known: parameters.compactMap(\.label)), at: path)
    return nearest.flatMap { name in parameters.firstIndex { $0.label == name } }
  }
}

extension Parameter {
  /// What a sentence calls the parameter: its label, or its name where it has none.
  var shown: String { label ?? name }
}
