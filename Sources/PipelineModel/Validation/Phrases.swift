extension ValueType {
  /// As a sentence names a value: `a number of seconds`.
  func phrase(unit: String?) -> String {
    switch self {
    case .boolean: "true or false"
    case .integer: unit.map { "a whole number of \($0)" } ?? "a whole number"
    case .number: unit.map { "a number of \($0)" } ?? "a number"
    case .string: "a string"
    case .array(.string): "an array of strings"
    case .array(.integer), .array(.number), .array(.numberOrChoice): "an array of numbers"
    case .array(.array): "an array of arrays"
    case .array: "an array of members such as \(members.first?.example ?? ".…")"
    case .choice(let members): members.count == 1 ? "\(members[0].example)" : "a member such as \(members[0].example)"
    case .integerOrChoice(let members): "a whole number or \(members[0].example)"
    case .numberOrChoice(let members): "a number or \(members[0].example)"
    }
  }
}

extension Limits {
  /// As a sentence names them: `a whole number from 1 to 100 (epochs)`.
  func phrase(isInteger: Bool, unit: String?) -> String {
    let kind = isInteger ? "a whole number" : "a number"
    let unit = unit.map { " (\($0))" } ?? ""
    if upper == .greatestFiniteMagnitude { return "a finite number\(unit)" }
    let low = excludesLower ? "above \(lower.numeral)" : "from \(lower.numeral)"
    let high =
      excludesUpper ? "below \(upper.numeral)" : excludesLower ? "at most \(upper.numeral)" : "to \(upper.numeral)"
    let joint = excludesLower || excludesUpper ? " and " : " "
    return "\(kind) \(low)\(joint)\(high)\(unit)"
  }
}

extension Literal {
  var numeral: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): value.numeral
    default: kindDescription
    }
  }
}

extension Double {
  /// Without a fraction where there is none.
  var numeral: String {
    self == rounded() && magnitude <= 9_007_199_254_740_992 ? String(Int(self)) : description
  }

  /// At most four digits after the point.
  var shortNumeral: String { magnitude < 1e11 ? ((self * 10_000).rounded() / 10_000).numeral : numeral }
}

extension RecordingFormat {
  var acronym: String {
    switch self {
    case .csv: "CSV"
    case .mcap: "MCAP"
    case .auto: "these"
    case .tsv: "TSV"
    case .jsonl: "JSON Lines"
    case .sds: "SDS"
    case .raw: "raw"
    case .edgeImpulse: "Edge Impulse"
    case .wfdb: "WFDB"
    case .edf: "EDF"
    case .rosbag2: "rosbag2"
    }
  }
}

extension PipelineIssue.OrderReason {
  var phrase: String {
    switch self {
    case .isTaken(let material): ", which takes \(material.description)"
    case .isConverted(let material, let other): ", which makes \(other.description) of \(material.description)"
    }
  }
}

extension PipelineIssue.LayerNeed {
  var phrase: String {
    switch self {
    case .bareConvolution: "needs a convolution before it that has no batch normalisation or activation of its own"
    case .layerWithoutActivation: "needs a convolution or dense layer before it that has no activation of its own"
    case .hiddenLayer: "is .none for the last layer, whose outputs are compared as they are"
    }
  }

  var suggestion: String {
    switch self {
    case .bareConvolution: "write Conv1D(32, kernel: 5, activation: .none, batchNorm: false) before it, or remove it"
    case .layerWithoutActivation: "write activation: .none in the layer before it, or remove it"
    case .hiddenLayer: "remove it"
    }
  }
}

extension PipelineIssue.InvalidReason {
  var phrase: String {
    switch self {
    case .notATriplet(let count): "takes triplets of channels, x, y and z, found \(count)"
    case .notARawFrame(let reason): "describes the bytes of a raw recording's frame, and \(reason)"
    case .notAFileName: "takes the name of an .html file in the run directory, without a folder"
    case .controlCharacter: "holds a control character"
    case .notAGlob(let reason): "takes a file pattern, and \(reason)"
    case .notALabelFile(let reason): "names a file of labels, and \(reason)"
    case .quality(let mistake): mistake.phrase
    case .test(let mistake): mistake.phrase
    case .notForSearch: "is of no use in Search, whose newcomers are whole subjects"
    case .notAnEnvironmentPath: "takes a path in which a variable stands at the start only: $NAME or ${NAME}"
    case .nothingPretrained: "is 0, and no weights are given that could do without"
    case .modulesOfNoFile: "names the modules of a file that is not given"
    case .notSafetensors: "takes a .safetensors file"
    case .weightsDoNotFit(let reason, _): "names a file that does not fit: \(reason)"
    }
  }

  var suggestion: String {
    switch self {
    case .notATriplet: "write three channels, such as [\"acc_x\", \"acc_y\", \"acc_z\"]"
    case .notARawFrame: "write [.time(.uint32, .milliseconds), .channel(\"acc_x\", .int16, unit: \"g\", scale: 0.001)]"
    case .notAFileName: "write \"report.html\""
    case .controlCharacter: "remove it; '\\\\' stands for a backslash"
    case .notAGlob: "write a pattern such as \"*.csv\" or \"s0[1-9].mcap\""
    case .notALabelFile: "write a name such as \"labels.csv\" or \"*.labels.csv\""
    case .quality(let mistake): mistake.suggestion
    case .test(let mistake): mistake.suggestion
    case .notForSearch: "write holdOut: with some of the training subjects, or remove the Split"
    case .notAnEnvironmentPath: "write $NAME/folder"
    case .nothingPretrained: "write epochs: 20, or from: \"weights.safetensors\""
    case .modulesOfNoFile: "write from: \"weights.safetensors\" before it, or remove it"
    case .notSafetensors:
      "save one in Python with safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\")"
    case .weightsDoNotFit(_, let advice): advice
    }
  }
}

extension Limits {
  /// A value inside that is near one outside.
  func nearest(to value: Double, isInteger: Bool) -> String? {
    if contains(-value) { return (-value).numeral }
    if value >= upper, !excludesUpper { return upper.numeral }
    if value <= lower, !excludesLower { return lower.numeral }
    let middle = (lower + upper) / 2
    let candidates = isInteger ? [lower + 1] : [upper <= 100 ? middle : lower + 1]
    return candidates.first(where: contains).map(\.numeral)
  }
}
