import ArgumentParser
import Foundation
import PipelineRunner

/// Shows what results are kept, and removes them.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Shows how much the kept results of stages take, and removes them.",
    discussion: """
      EXAMPLES:
        martlet cache
        martlet cache prune --to 500MiB
        martlet cache clear

      Everything in the cache can be computed again. $MARTLET_CACHE_LIMIT bounds its size, 4GiB unless set; what has \
      been unused for longest goes first.
      """,
    subcommands: [Show.self, Prune.self, Clear.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what is kept, by stage.",
      discussion: """
        EXAMPLES:
          martlet cache
          martlet cache show --json
        """)

    @OptionGroup var place: CacheOptions

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
      let contents = CacheContents(try place.cache())
      try StandardOutput.write(json ? ReportJSON.text(contents) : contents.text)
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes what has been unused for longest.",
      discussion: """
        EXAMPLES:
          martlet cache prune --to 500MiB
        """)

    @OptionGroup var place: CacheOptions

    @Option(help: ArgumentHelp("The size that may stay, such as 500MiB.", valueName: "size"))
    var to: String

    @Flag(help: "Print what was done as JSON.")
    var json = false

    func validate() throws {
      guard ByteSize.bytes(to, atMost: 1 << 50) != nil else {
        throw ValidationError("--to takes a size such as 500MiB, found '\(to)'")
      }
    }

    func run() throws {
      let cache = try place.cache()
      let freed = cache.evict(to: ByteSize.bytes(to, atMost: 1 << 50) ?? 0)
      try CacheRemoval(cache, removedBytes: freed).tell(asJSON: json)
    }
  }

  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes all that is kept.",
      discussion: """
        EXAMPLES:
          martlet cache clear
        """)

    @OptionGroup var place: CacheOptions

    @Flag(help: "Print what was done as JSON.")
    var json = false

    func run() throws {
      let cache = try place.cache()
      let freed = cache.clear()
      try CacheRemoval(cache, removedBytes: freed).tell(asJSON: json)
    }
  }
}

/// What was removed from a cache.
private struct CacheRemoval: Encodable {
  /// Grows when a key changes its meaning or goes away.
  var schemaVersion = 1
  var directory: String
  var removedBytes: Int

  init(_ cache: ResultCache, removedBytes: Int) {
    directory = cache.directory
    self.removedBytes = removedBytes
  }

  func tell(asJSON: Bool) throws {
    let text = "\(directory): \(Readable.bytes(Double(removedBytes))) removed"
    try StandardOutput.write(asJSON ? ReportJSON.text(self) : text)
  }
}

/// What a cache holds.
struct CacheContents: Encodable {
  struct Stage: Encodable {
    var stage: String
    var results: Int
    var bytes: Int
  }

  var schemaVersion = 1
  var directory: String
  var bytes: Int
  var limitBytes: Int
  var stages: [Stage]

  init(_ cache: ResultCache) {
    let entries = cache.entries()
    directory = cache.directory
    limitBytes = cache.limitBytes
    bytes = entries.reduce(0) { $0 + $1.bytes }
    stages = RunStage.allCases.map(\.rawValue).compactMap { name in
      let own = entries.filter { $0.stage == name }
      return own.isEmpty ? nil : Stage(stage: name, results: own.count, bytes: own.reduce(0) { $0 + $1.bytes })
    }
  }

  var text: String {
    let width = stages.map(\.stage.count).max() ?? 0
    let lines = stages.map { stage in
      let space = String(repeating: " ", count: width - stage.stage.count + 2)
      return stage.stage + space + "\(Readable.count(stage.results, "result")), \(Readable.bytes(Double(stage.bytes)))"
    }
    let total = "\(directory): \(Readable.bytes(Double(bytes))) of at most \(Readable.bytes(Double(limitBytes)))"
    return (lines + [total]).joined(separator: "\n")
  }
}
