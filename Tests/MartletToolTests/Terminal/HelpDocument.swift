import Foundation
import Testing

/// What the tool tells about its commands, as JSON for programs.
struct HelpDocument: Decodable {
  struct Command: Decodable {
    var commandName: String
    var superCommands: [String]?
    var abstract: String?
    var discussion: String?
    var arguments: [Argument]?
    var subcommands: [Command]?

    /// `martlet cache prune`.
    var path: String { ((superCommands ?? []) + [commandName]).joined(separator: " ") }

    /// The lines below `EXAMPLES:`.
    var examples: [String] {
      guard let discussion, discussion.hasPrefix("EXAMPLES:\n") else { return [] }
      return discussion.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().prefix {
        $0.hasPrefix("  ")
      }
      .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      var kind, name: String
    }
    var kind: String
    var names: [Name]?
    var valueName: String?
    var abstract: String?
    var defaultValue: String?
    var allValues: [String]?
    var isOptional, isRepeating: Bool
  }

  var command: Command

  /// All commands but `help`, which is the parser's own.
  static func commands(_ tool: Tool) throws -> [Command] {
    let result = try tool.run("--experimental-dump-help")
    let document = try JSONDecoder().decode(HelpDocument.self, from: Data(result.output.utf8))
    func all(_ command: Command) -> [Command] { [command] + (command.subcommands ?? []).flatMap(all) }
    return all(document.command).filter { $0.commandName != "help" }
  }
}
