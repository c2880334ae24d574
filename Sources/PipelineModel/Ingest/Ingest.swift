/// Reads recordings and cuts them into windows: the first stage of every pipeline.
///
/// Its steps run in the order in which they stand: recordings are read, annotated (whose they are, what
/// they show, where they break), brought to one rate, cut, normalised and split.
public struct Ingest: Sendable, Hashable {
  /// The folder of the recordings, relative to the current directory. `$NAME` at its start stands for an
  /// environment variable.
  public var path: String
  public var steps: [IngestStep]

  public init(_ path: String, @IngestBuilder _ steps: () -> [IngestStep]) {
    self.path = path
    self.steps = steps()
  }

  init(path: String = "", steps: [IngestStep] = []) {
    self.path = path
    self.steps = steps
  }
}

extension Ingest: PipelineNode {
  static let schema = NodeSchema(
    "Ingest", blank: Ingest(), gives: [.windows], phase: 0, example: #"Ingest("recordings") { … }"#,
    "Reads recordings and cuts them into windows.",
    fields: [
      .required(
        "path", \.path, labelled: false,
        "The folder of the recordings; $NAME at its start stands for an environment variable.")
    ],
    block: Block(\.steps, requires: ["Read", "Subjects", "Labels", "Window", "Split"]))
}

/// Why a path cannot be resolved.
public struct UnknownEnvironmentVariable: Error, Sendable, Hashable, CustomStringConvertible {
  public let name: String
  public let path: String

  public var description: String {
    "'\(path)' begins with the environment variable \(name), which is not set; set it, or write the folder"
  }
}

/// A path with `$NAME` or `${NAME}` at its start replaced by the value of that environment variable.
public func resolvingEnvironment(
  _ path: String, in environment: [String: String]
) throws(UnknownEnvironmentVariable) -> String {
  guard let (name, rest) = leadingVariable(of: path) else { return path }
  guard let value = environment[name], !value.isEmpty else {
    throw UnknownEnvironmentVariable(name: name, path: path)
  }
  return value + rest
}

/// The name after a leading `$` and what follows it; `nil` if the path begins otherwise.
func leadingVariable(of path: String) -> (name: String, rest: Substring)? {
  guard path.first == "$" else { return nil }
  var rest = path.dropFirst()
  let braced = rest.first == "{"
  if braced { rest = rest.dropFirst() }
  let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  rest = rest.dropFirst(name.count)
  if braced {
    guard rest.first == "}" else { return nil }
    rest = rest.dropFirst()
  }
  return name.isEmpty ? nil : (String(name), rest)
}
