import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct InterruptionTests {
  /// Waits for the end of a run that should come at once; ends it where it does not.
  private func end(_ running: Tool.Running) throws -> Tool.Result {
    for _ in 0..<3000 where running.process.isRunning { usleep(10_000) }
    if running.process.isRunning {
      kill(running.process.processIdentifier, SIGKILL)
      Issue.record("it did not end")
    }
    return try running.wait()
  }

  /// Whether a process has set its handlers: an interrupt before that would end it at once.
  private func waitUntilItListens(_ running: Tool.Running) {
    #if os(Linux)
      let status = "/proc/\(running.process.processIdentifier)/status"
      for _ in 0..<3000 {
        let lines = ((try? String(contentsOfFile: status, encoding: .utf8)) ?? "").split(separator: "\n")
        let caught = lines.first { $0.hasPrefix("SigCgt:") }.flatMap { UInt64($0.suffix(16), radix: 16) } ?? 0
        if caught & 1 << (SIGINT - 1) != 0 { break }
        usleep(10_000)
      }
      // From there to the wait for input.
      usleep(100_000)
    #else
      usleep(1_000_000)
    #endif
  }

  @Test(arguments: [
    ["convert", "-", "out.csv"], ["cut", "-", "-o", "out.csv", "--to", "9s"], ["doctor", "-"],
    ["recover", "-", "-o", "out.csv"], ["cat", "-"],
  ]) func aSilentInputDoesNotKeepACommandFromEnding(_ arguments: [String]) throws {
    try withTool { tool in
      for beginning in ["", "time_s,x\n0,1\n"] {
        let pipe = Pipe()
        let running = try tool.start(arguments, input: pipe.fileHandleForReading)
        try pipe.fileHandleForWriting.write(contentsOf: Data(beginning.utf8))
        waitUntilItListens(running)
        running.process.interrupt()
        let result = try end(running)
        #expect(result.status == 130, "\(result.errors)")
        #expect(tool.workspace.contents.isEmpty)
        try pipe.fileHandleForWriting.close()
      }
    }
  }

  @Test func aNamedPipeThatNobodyWritesToDoesNotEither() throws {
    try withTool { tool in
      try #require(mkfifo(tool.workspace["pipe.csv"].path, 0o600) == 0)
      let running = try tool.start(["convert", "pipe.csv", "out.csv"])
      waitUntilItListens(running)
      running.process.terminate()
      #expect(try end(running).status == 143)
      #expect(tool.workspace.contents == ["pipe.csv"])
    }
  }

  @Test func aSlowReaderGetsAllWindowsOfAReplay() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      // Frames wait for later ones, so that the last windows come when the recording has ended.
      let pipeline = Samples.pipeline.replacing("every: 16", with: "every: 1")
        .replacing("        Subjects(", with: "        Disorder(.reorder(within: 5))\n        Subjects(")
      try tool.workspace.write(pipeline, to: "dense.swift")
      let arguments = ["replay", "data/s3.csv", "--pipeline", "dense.swift", "--rate", "max", "-q"]
      let expected = try tool.run(arguments)
      #expect(expected.status == 0 && expected.output.utf8.count > 8192, "\(expected.errors)")
      let pipe = Pipe()
      #if os(Linux)
        // F_SETPIPE_SZ: one page.
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, 1031, 4096)
      #endif
      let running = try tool.start(arguments, output: pipe.fileHandleForWriting)
      try pipe.fileHandleForWriting.close()
      var found = Data()
      // Far longer for a page than the tool waits between two looks.
      while let piece = try pipe.fileHandleForReading.read(upToCount: 1024), !piece.isEmpty {
        found += piece
        usleep(30_000)
      }
      #expect(try running.wait().status == 0)
      #expect(String(decoding: found, as: UTF8.self) == expected.output)
    }
  }

  @Test func aReaderThatTakesNothingDoesNotKeepAnInterruptedReplay() throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 3000)
      let pipe = Pipe()
      let running = try tool.start(["replay", "slice.csv", "--rate", "max"], output: pipe.fileHandleForWriting)
      waitUntilItListens(running)
      running.process.interrupt()
      #expect(try end(running).status == 130)
      try pipe.fileHandleForWriting.close()
    }
  }

  #if os(Linux)
    private static let setsid = "/usr/bin/setsid"

    /// Two signals are there before the tool can do anything about the first.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: setsid), "setsid gives a process a terminal"))
    func aSecondInterruptLeavesTheTerminalAsItWas() throws {
      try withTool { tool in
        _ = try Samples.writeSlice(tool, rows: 50)
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        defer { close(terminal) }
        // TIOCSPTLCK and TIOCGPTN, which Glibc does not bring to Swift.
        var (lock, number) = (Int32(0), UInt32(0))
        try #require(ioctl(terminal, 0x4004_5431, &lock) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
        let user = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        try #require(user >= 0)
        func echoes() -> Bool {
          var modes = termios()
          return tcgetattr(terminal, &modes) == 0 && modes.c_lflag & tcflag_t(ECHO) != 0
        }
        try #require(echoes())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.setsid)
        process.arguments = [
          "--ctty", "--wait", try #require(Tool.executable).path, "replay", "slice.csv", "--loop", "-q",
        ]
        process.currentDirectoryURL = tool.workspace.folder
        process.standardInput = FileHandle(fileDescriptor: user, closeOnDealloc: false)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<3000 where echoes() { usleep(10_000) }
        try #require(!echoes(), "it has not taken the terminal")
        let parent = process.processIdentifier
        let children = (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
        let player = children.split(separator: " ").first.flatMap { Int32($0) } ?? parent
        for signal in [SIGSTOP, SIGTERM, SIGINT, SIGCONT] { kill(player, signal) }
        process.waitUntilExit()
        close(user)
        #expect(echoes())
      }
    }
  #endif
}
