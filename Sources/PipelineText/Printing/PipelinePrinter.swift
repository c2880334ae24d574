public import PipelineModel

extension Pipeline {
  /// The text of a pipeline file that reads as this pipeline.
  ///
  /// - Parameter includingDefaults: Whether arguments that stand at their default are written too, as a
  ///   record of everything that held.
  public func source(includingDefaults: Bool = false) -> String {
    var printer = PipelinePrinter()
    printer.print(form(includingDefaults: includingDefaults), constant: name.constantName)
    return printer.text
  }
}

/// Lays a form out as Swift, four spaces a level, lines of at most 120 columns where that can be had.
struct PipelinePrinter {
  private static let lineLimit = 120
  private(set) var text = "import Martlet\n\n"

  mutating func print(_ form: Form, constant: String) {
    write(form, prefix: "let \(constant) = ", level: 0)
  }

  private mutating func write(_ form: Form, prefix: String = "", level: Int) {
    let indent = Self.indent(level)
    let children = form.children ?? []
    let braces = form.children == nil ? "" : children.isEmpty ? " {}" : " {"
    if let line = oneLine(form), !children.isEmpty, indent.count + line.count <= Self.lineLimit {
      text += indent + line + "\n"
      return
    }
    text += indent + prefix + head(form, column: indent.count + prefix.count, reserve: braces.count, level: level)
    text += braces + "\n"
    if children.isEmpty { return }
    for child in children { write(child, level: level + 1) }
    text += indent + "}\n"
  }

  /// A stage whose children have neither arguments nor braces, on one line.
  private func oneLine(_ form: Form) -> String? {
    guard let children = form.children, children.allSatisfy({ $0.children == nil && $0.arguments.isEmpty }),
      form.name != Catalogue.pipeline.name
    else { return nil }
    return "\(callee(form)) { \(children.map { "\($0.name)()" }.joined(separator: "; ")) }"
  }

  private func callee(_ form: Form) -> String {
    if form.arguments.isEmpty && form.children != nil { return form.name }
    return "\(form.name)(\(form.arguments.map(\.source).joined(separator: ", ")))"
  }

  /// Name and arguments: on one line if that fits, else an argument a line.
  private func head(_ form: Form, column: Int, reserve: Int, level: Int) -> String {
    let line = callee(form)
    if column + line.count + reserve <= Self.lineLimit { return line }
    let inner = Self.indent(level + 1)
    let arguments = form.arguments.map { argument -> String in
      let source = argument.source
      guard inner.count + source.count + 1 > Self.lineLimit, let list = argument.value.list else {
        return inner + source
      }
      let label = argument.label.map { "\($0): " } ?? ""
      let lines = filled(list.elements.map(\.source), level: level + 2)
      return "\(inner)\(label)\(list.opening)\n\(lines)\n\(inner)\(list.closing)"
    }
    return "\(form.name)(\n\(arguments.joined(separator: ",\n")))"
  }

  /// Elements on as few lines as hold them.
  private func filled(_ elements: [String], level: Int) -> String {
    let indent = Self.indent(level)
    var lines = [indent]
    for (index, element) in elements.enumerated() {
      let piece = element + (index < elements.count - 1 ? "," : "")
      let isFirst = lines[lines.count - 1] == indent
      if !isFirst, lines[lines.count - 1].count + piece.count + 1 > Self.lineLimit { lines.append(indent) }
      if lines[lines.count - 1] != indent { lines[lines.count - 1] += " " }
      lines[lines.count - 1] += piece
    }
    return lines.joined(separator: "\n")
  }

  private static func indent(_ level: Int) -> String { String(repeating: "    ", count: level) }
}

extension Argument {
  var source: String { (label.map { "\($0): " } ?? "") + value.source }
}

extension Literal {
  /// The elements of a list, by itself or as all that a member takes, such as `.tensors([…])`.
  fileprivate var list: (opening: String, elements: [Literal], closing: String)? {
    switch self {
    case .array(let elements): return ("[", elements, "]")
    case .member(let name, let arguments):
      guard arguments.count == 1, arguments[0].label == nil, case .array(let elements) = arguments[0].value else {
        return nil
      }
      return (".\(name)([", elements, "])")
    default: return nil
    }
  }

  /// The literal as Swift writes it.
  var source: String {
    switch self {
    case .nothing, .unreadable: "nil"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): value.description
    case .string(let value): value.quotedSource
    case .array(let elements): "[\(elements.map(\.source).joined(separator: ", "))]"
    case .member(let name, let arguments):
      arguments.isEmpty ? ".\(name)" : ".\(name)(\(arguments.map(\.source).joined(separator: ", ")))"
    }
  }
}

extension String {
  /// The string as a Swift literal.
  var quotedSource: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        // Invisible scalars are written by number: they would be lost in the eye of the reader.
        if scalar.value < 32 || (127..<160).contains(scalar.value) || scalar.properties.isDefaultIgnorableCodePoint
          || scalar.properties.isBidiControl
        {
          result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  /// A constant's name made of the words of this one: `wristExercises` of `wrist-exercises`.
  var constantName: String {
    let words = unicodeScalars.split {
      !(("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0))
    }
    .map { String($0) }
    guard let first = words.first, let letter = first.first, letter.isLetter else { return "pipeline" }
    let name = first.lowercasedFirst + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    return SwiftWords.reserved.contains(name) ? "pipeline" : name
  }
}
