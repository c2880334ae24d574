import Foundation

/// The folder in which a search keeps what it has found, so that it can go on after an interruption.
///
/// `search-network.json` is the network of the separate pretraining, `search-network-2.json` and so on those of the
/// confirmations; `search.jsonl` is a line for each scheme measured.
public struct SearchPlace: Sendable, Hashable {
  public var directory: String
  /// Whether to go on with what lies there; else it is begun anew.
  public var resumes: Bool

  public init(directory: String, resumes: Bool = false) {
    self.directory = directory
    self.resumes = resumes
  }

  public var journalPath: String { "\(directory)/search.jsonl" }
  public var networkPath: String { networkPath(1) }

  /// - Parameter number: Of the group of subjects who validate, from 1; others confirm.
  public func networkPath(_ number: Int) -> String {
    "\(directory)/search-network\(number > 1 ? "-\(number)" : "").json"
  }

  /// Whether a search was begun here.
  public var holdsSearch: Bool {
    [journalPath, networkPath].contains { FileManager.default.fileExists(atPath: $0) }
  }

  /// Makes the folder; removes what an earlier search left unless it is gone on with.
  func prepare() throws(RunError) {
    if resumes && !holdsSearch { throw .nothingToResume(path: directory) }
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      if !resumes {
        for path in [journalPath, networkPath] where FileManager.default.fileExists(atPath: path) {
          try FileManager.default.removeItem(atPath: path)
        }
        var number = 2
        while FileManager.default.fileExists(atPath: networkPath(number)) {
          try FileManager.default.removeItem(atPath: networkPath(number))
          number += 1
        }
      }
    } catch {
      throw .cannotWrite(path: directory, reason: error.localizedDescription)
    }
  }
}
