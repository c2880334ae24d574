import ArgumentParser
import Foundation
import Testing

@testable import MartletTool

/// Help begins with examples that work, and explains everything.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct HelpTests {
  /// The words of an example as a shell would cut them, for each part of a pipe that runs martlet.
  private func commandLines(of example: String) -> [[String]] {
    var words: [[String]] = [[]]
    var word: String?
    var isQuoted = false
    for character in example {
      switch character {
      case "'":
        isQuoted.toggle()
        word = word ?? ""
      case " " where !isQuoted:
        if let whole = word { words[words.count - 1].append(whole) }
        word = nil
      case "|" where !isQuoted && word == nil: words.append([])
      default: word = (word ?? "") + String(character)
      }
    }
    if let word { words[words.count - 1].append(word) }
    return words.filter { $0.first == "martlet" }.map { Array($0.dropFirst()) }
  }

  @Test func everyCommandBeginsWithExamplesThatItAccepts() throws {
    try withTool { tool in
      let commands = try HelpDocument.commands(tool)
      #expect(commands.count > 20)
      for command in commands {
        #expect(!command.examples.isEmpty, "\(command.path): the discussion begins with EXAMPLES: and a line or more")
        for example in command.examples {
          // Help is 80 columns wide, and a line that is broken cannot be copied.
          #expect(example.count <= 77, "\(example)")
          let lines = commandLines(of: example)
          #expect(!lines.isEmpty, "\(example)")
          for line in lines {
            #expect(throws: Never.self, "\(example)") { try Martlet.parseAsRoot(line) }
          }
          let isOfThisCommand = command.superCommands == nil || example.contains("\(command.path) ")
          #expect(isOfThisCommand || example == command.path || command.path.hasPrefix(example), "\(example)")
        }
      }
    }
  }

  @Test func helpShowsTheExamplesRightBelowItsTitle() throws {
    try withTool { tool in
      for command in try HelpDocument.commands(tool) {
        let words = command.path.split(separator: " ").dropFirst().map(String.init)
        let result = try tool.run(words + ["--help"])
        #expect(result.status == 0)
        let paragraphs = result.output.split(separator: "\n\n")
        #expect(paragraphs.count > 2 && paragraphs[0].hasPrefix("OVERVIEW: "))
        #expect(paragraphs.dropFirst().first?.hasPrefix("EXAMPLES:\n  martlet") == true, "\(command.path)")
        for example in command.examples { #expect(result.output.contains(example), "\(command.path)") }
      }
    }
  }

  /// Values that are numbers, by what stands in angle brackets where it does not tell.
  private static let numbers: Set<String> = [
    "seed", "threads", "jobs", "channels-count", "classes", "evaluations", "seeds", "threshold", "level", "bytes",
    "frames", "log2", "hz",
  ]

  @Test func everyArgumentIsExplained() throws {
    try withTool { tool in
      for command in try HelpDocument.commands(tool) {
        #expect((command.abstract ?? "").hasSuffix("."), "\(command.path)")
        for argument in command.arguments ?? [] {
          let name = "\(command.path) \(argument.names?.first?.name ?? argument.valueName ?? "")"
          let text = argument.abstract ?? ""
          #expect(text.count > 5 && (text.hasSuffix(".") || text.hasSuffix(")")), "\(name): \(text)")
          if argument.kind == "option", Self.numbers.contains(argument.valueName ?? "") {
            let isBounded = text.contains(#/\d|above|at most/#) || argument.defaultValue != nil
            #expect(isBounded || text.contains("(default"), "\(name): say the range or the default: \(text)")
          }
          // A value printed by the parser is not how Swift describes it.
          #expect(argument.defaultValue?.contains("(") != true, "\(name): \(argument.defaultValue ?? "")")
        }
      }
    }
  }
}
