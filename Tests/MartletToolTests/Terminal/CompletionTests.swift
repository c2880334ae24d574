import Foundation
import Testing

/// What shells offer behind `martlet`.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct CompletionTests {
  enum Shell: String, CaseIterable {
    case bash, zsh, fish

    /// Nil where it is not installed.
    var path: String? {
      ["/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"].map { $0 + rawValue }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
    static let installed = allCases.filter { $0.path != nil }
  }

  private func output(of shell: Shell, _ arguments: [String], in tool: Tool) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(shell.path))
    process.arguments = arguments
    process.currentDirectoryURL = tool.workspace.folder
    let folder = try #require(Tool.executable).deletingLastPathComponent().path
    process.environment = ProcessInfo.processInfo.environment.merging(["PATH": "\(folder):/usr/bin:/bin"]) { $1 }
    let file = tool.workspace.newFile()
    process.standardOutput = try FileHandle(forWritingTo: file)
    process.standardError = process.standardOutput
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOf: file, encoding: .utf8))
  }

  @Test(arguments: Shell.allCases) func theScriptIsOneThatTheShellReads(shell: Shell) throws {
    guard shell.path != nil else {
      print("skipped: \(shell.rawValue) is not installed")
      return
    }
    try withTool { tool in
      let script = try tool.run("--generate-completion-script", shell.rawValue)
      #expect(script.status == 0 && script.output.contains("doctor"))
      try tool.workspace.write(script.output, to: "script")
      let result = try output(of: shell, ["-n", "script"], in: tool)
      #expect(result.status == 0 && result.text.isEmpty, "\(result.text)")
      // The check itself finds what is no script.
      try tool.workspace.write(script.output + "\nif (((\n", to: "torn")
      #expect(try output(of: shell, ["-n", "torn"], in: tool).status != 0)
    }
  }

  /// What is offered for the last of the words.
  private func offered(_ shell: Shell, _ words: [String], in tool: Tool) throws -> [String] {
    try tool.workspace.write(try tool.run("--generate-completion-script", shell.rawValue).output, to: "script")
    let command: [String]
    switch shell {
    case .bash:
      let script = """
        source ./script
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
        "$(complete -p martlet | sed 's/.*-F \\([^ ]*\\).*/\\1/')" martlet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      command = ["-c", script, "bash"] + words
    case .fish: command = ["--no-config", "-c", "source ./script; complete -C '\(words.joined(separator: " "))'"]
    case .zsh: return []
    }
    let result = try output(of: shell, command, in: tool)
    #expect(result.status == 0, "\(result.text)")
    // A description stands behind a tab.
    return result.text.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
  }

  @Test(arguments: Shell.installed.filter { $0 != .zsh }) func commandsFilesAndValuesAreOffered(shell: Shell) throws {
    try withTool { tool in
      try tool.workspace.write(Samples.pipeline, to: "tiny.swift")
      try tool.workspace.write("t,a\n0,1\n", to: "walk.csv")
      try tool.workspace.write("", to: "runs/one/metrics.json")
      let commands = try offered(shell, ["martlet", "co"], in: tool)
      #expect(Set(commands) == ["compare", "convert"])
      let pipelines = try offered(shell, ["martlet", "run", ""], in: tool)
      #expect(pipelines.contains("tiny.swift"))
      #expect(!pipelines.contains("walk.csv"))
      #expect(try offered(shell, ["martlet", "info", "wa"], in: tool) == ["walk.csv"])
      #expect(try offered(shell, ["martlet", "compare", "ru"], in: tool).first?.hasPrefix("runs") == true)
      let formats = try offered(shell, ["martlet", "explain", "tiny.swift", "--format", "m"], in: tool)
      #expect(formats == ["mermaid"])
      // Fish tells what is on its line to its prompt only, which the words of a pipeline are found from.
      guard shell != .fish else { return }
      let keys = try offered(shell, ["martlet", "run", "tiny.swift", "--set", "train.ep"], in: tool)
      #expect(keys == ["train.epochs="])
      let layer = try offered(shell, ["martlet", "run", "tiny.swift", "--set", "model.conv1.k"], in: tool)
      #expect(layer == ["model.conv1.kernel="])
      #expect(try offered(shell, ["martlet", "stages", "Pre"], in: tool) == ["Pretrain"])
    }
  }
}
