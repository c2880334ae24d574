import ArgumentParser
import Foundation
import HostKernels
import PipelineModel
import PipelineRunner

/// The executable `martlet`: arguments in, text and an exit status out.
@main
struct Martlet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "martlet",
    abstract: "Learns from sensor streams in a fixed, tiny piece of memory.",
    discussion: """
      EXAMPLES:
        martlet init walk.csv
        martlet run walk.swift
        martlet explain Pipelines/wrist-exercises.swift
        martlet info SampleData/wrist/s01.mcap

      Exit status: 0 done, 3 done but data were lost, 4 a test of a pipeline failed, 64 wrong usage, 65 nothing usable in the data, 66 missing \
      input, 70 a fault of martlet itself, 73 cannot create output, 74 cannot read or write on, 78 invalid pipeline, \
      130 interrupted, 143 terminated.
      """,
    version: "martlet \(Version.current)",
    subcommands: [
      InitCommand.self, RunCommand.self, StatusCommand.self, CompareCommand.self, EvaluateCommand.self,
      PredictCommand.self,
      CacheCommand.self, SearchCommand.self, CheckCommand.self, TestCommand.self,
      ExplainCommand.self, StagesCommand.self, InfoCommand.self, DoctorCommand.self,
      RecoverCommand.self, CutCommand.self, CatCommand.self, MergeCommand.self,
      ConvertCommand.self, ReplayCommand.self, ExportCommand.self,
    ])

  /// Runs the command of the arguments; every error ends here, as one message and one exit status.
  static func main() {
    // A reader that goes away, as `head` does, is told by the failing write.
    signal(SIGPIPE, SIG_IGN)
    // So is a limit on the size of files.
    signal(SIGXFSZ, SIG_IGN)
    do {
      try refuseUnknownCommand(CommandLine.arguments.dropFirst().first)
      try refuseUnknownKernels()
      var command = try parseAsRoot()
      try command.run()
      Foundation.exit(ExitStatus.success)
    } catch {
      Foundation.exit(report(error))
    }
  }

  /// The parser would call a misspelt command an unexpected argument.
  private static func refuseUnknownCommand(_ word: String?) throws(Failure) {
    guard let word, !word.hasPrefix("-") else { return }
    let known = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !known.contains(word) else { return }
    let hint = nearestName(to: word, in: known).map { "did you mean '\($0)'?" }
    throw Failure(
      ExitStatus.usage, "no command '\(word)'; \(hint ?? "the commands are \(known.joined(separator: ", "))")")
  }

  /// A variant that this processor lacks must not be replaced by another in silence.
  private static func refuseUnknownKernels() throws(Failure) {
    do {
      _ = try KernelVariant.forcedByEnvironment()
    } catch {
      throw Failure(ExitStatus.usage, error.description)
    }
  }

  /// Says what went wrong, on standard error.
  ///
  /// - Returns: The exit status.
  private static func report(_ error: any Error) -> Int32 {
    if let failure = Failure(error) {
      for message in failure.messages { Terminal.standardError.say(message, as: .error) }
      return failure.status
    }
    // What is left comes from the parser: help and version asked for, or wrong usage.
    let status = exitCode(for: error).rawValue
    let text = fullMessage(for: error)
    if status == ExitStatus.success {
      StandardOutput.writeLastWords(text)
    } else if !text.isEmpty {
      let prefix = "Error: "
      Terminal.standardError.say(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text, as: .error)
    }
    return status
  }
}
