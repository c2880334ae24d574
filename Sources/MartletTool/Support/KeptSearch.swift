import Foundation
import PipelineRunner

/// The folder of a search that may be interrupted, and what is said then.
struct KeptSearch {
  let place: SearchPlace
  private let wasThere: Bool

  init(directory: String, resumes: Bool) {
    place = SearchPlace(directory: directory, resumes: resumes)
    wasThere = OutputPlace.exists(directory)
  }

  /// Does the work. If it fails, what was measured is kept; a folder that holds nothing to go on with is removed.
  func keeping<Result>(_ work: () throws(RunError) -> Result) throws -> Result {
    do {
      return try work()
    } catch {
      guard place.holdsSearch else {
        if !wasThere { try? FileManager.default.removeItem(atPath: place.directory) }
        throw error
      }
      guard error.exitStatus == Interruption.runErrorStatus else { throw error }
      throw Failure(
        Interruption.failure.status,
        "interrupted; what was found so far is kept in '\(place.directory)'; "
          + "go on with: \(resumingCommand)")
    }
  }

  /// The command line as it was given, and what makes it go on.
  private var resumingCommand: String {
    var words = CommandLine.arguments.dropFirst().filter { $0 != "--resume" && $0 != "--force" }
    if !words.contains(where: { $0 == "--output" || $0 == "-o" || $0.hasPrefix("--output=") }) {
      words += ["--output", place.directory]
    }
    let quoted = words.map { word in
      let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:+".contains($0) }
      return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
    return (["martlet"] + quoted + ["--resume"]).joined(separator: " ")
  }
}
