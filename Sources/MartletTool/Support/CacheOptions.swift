import ArgumentParser
import Foundation
import PipelineRunner

/// Where results of stages are kept.
struct CacheOptions: ParsableArguments {
  @Option(
    name: .customLong("cache"),
    help: ArgumentHelp(
      "The folder in which results of stages are kept. (default: $MARTLET_CACHE, else \(ResultCache.defaultDirectory))",
      valueName: "dir"), completion: .directory)
  var directory: String?

  func validate() throws {
    if directory?.isEmpty == true { throw ValidationError("--cache takes the name of a folder") }
  }

  /// - Throws: where the limit that the environment sets is no size.
  func cache() throws(Failure) -> ResultCache {
    let environment = ProcessInfo.processInfo.environment
    var limit = ResultCache.defaultLimitBytes
    if let text = environment["MARTLET_CACHE_LIMIT"], !text.isEmpty {
      guard let bytes = ByteSize.bytes(text, atMost: 1 << 50) else {
        throw Failure(ExitStatus.usage, "MARTLET_CACHE_LIMIT takes a size such as 2GiB, found '\(text)'")
      }
      limit = bytes
    }
    let named = environment["MARTLET_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
    return ResultCache(directory: directory ?? named ?? ResultCache.defaultDirectory, limitBytes: limit)
  }
}

/// The same for commands that compute.
struct CacheUseOptions: ParsableArguments {
  @OptionGroup var place: CacheOptions

  @Flag(help: "Compute every stage anew, and keep no result.")
  var noCache = false

  func validate() throws {
    if noCache, place.directory != nil { throw ValidationError("give --cache or --no-cache, not both") }
  }

  func cache() throws(Failure) -> ResultCache? { noCache ? nil : try place.cache() }
}
