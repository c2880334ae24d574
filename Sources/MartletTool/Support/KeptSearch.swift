import Foundation
import PipelineRunner

/// The folder of a search that may be interrupted, and what is said then.
struct KeptSearch {
  let place: SearchPlace
  private let command: String
  private let wasThere: Bool

  /// - Parameter command: What was run, without the folder.
  init(directory: String, resumes: Bool, command: String) {
    place = SearchPlace(directory: directory, resumes: resumes)
    self.command = command
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
          + "go on with: \(command) --output \(place.directory) --resume")
    }
  }
}
