import Foundation
import Testing

/// What hostile files take, seen from outside: 64 MiB at most, whatever they claim or decode to.
@Suite(
  .serialized,
  .enabled(if: Tool.measuresMemory, "the peak of a process is read from /proc, and martlet is to lie beside the tests"))
struct MemoryTests {
  private static let mostKibibytes = 64 << 10

  @Test(arguments: Bombs.all) func noFileTakesMoreThan64MiB(bomb: Bombs.Bomb) throws {
    try withTool { tool in
      for (name, bytes) in try bomb.files() {
        let file = tool.workspace[name]
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
      }
      for command in [["info", bomb.name, "--quiet"], ["convert", bomb.name, "out.bin", "--quiet"]] {
        let (kibibytes, result) = try tool.peak(command + bomb.options)
        #expect(kibibytes > 1000, "the peak was not seen")
        #expect(kibibytes <= Self.mostKibibytes, "\(command.joined(separator: " ")) took \(kibibytes) KiB")
        #expect(result.status < 128, "\(command.joined(separator: " ")): \(result.errors.prefix(300))")
        // Everything about these files is wrong, so something has to be said; but for those that are only large.
        if !["wide.csv", "s.json", "record-16-MB.edf"].contains(bomb.name) {
          #expect(result.status != 0 || !result.errors.isEmpty || result.output.contains("lost"), "nothing is said")
        }
      }
    }
  }
}
