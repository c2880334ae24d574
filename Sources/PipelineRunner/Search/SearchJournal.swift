import Foundation
import Learning
import Synchronization

/// `search.jsonl`: a heading with the fingerprint of the deployment, then a line for each scheme that was measured.
///
/// A line is written as soon as its scheme is measured. The last one may be cut short by a crash; it is dropped.
final class SearchJournal: Sendable {
  struct Heading: Codable {
    var schemaVersion = 1
    /// Of the network, the windows and how they adapt, without the update scheme.
    var deployment: String
  }

  private struct State {
    var descriptor: Int32
    var failure: RunError?
  }

  private let path: String
  private let state: Mutex<State>

  /// Opens the journal of a deployment and reads what is in it.
  ///
  /// - Throws: `RunError.otherSearch` if it is of another one.
  static func open(
    at path: String, deployment: String
  ) throws(RunError) -> (journal: SearchJournal, evaluations: [SchemeEvaluation]) {
    let (evaluations, length) = try read(path, deployment: deployment)
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0, ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    let journal = SearchJournal(path: path, descriptor: descriptor)
    if length == 0 { journal.append(Heading(deployment: deployment)) }
    if let failure = journal.failure { throw failure }
    return (journal, evaluations)
  }

  private init(path: String, descriptor: Int32) {
    self.path = path
    state = Mutex(State(descriptor: descriptor, failure: nil))
  }

  deinit {
    _ = state.withLock { close($0.descriptor) }
  }

  /// Why nothing more can be written.
  var failure: RunError? { state.withLock { $0.failure } }

  func append(_ entry: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var line = try? encoder.encode(entry) else { preconditionFailure("accuracies are finite") }
    line.append(UInt8(ascii: "\n"))
    let bytes = [UInt8](line)
    state.withLock { state in
      guard state.failure == nil else { return }
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes { write(state.descriptor, $0.baseAddress! + done, bytes.count - done) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          state.failure = .cannotWrite(path: path, reason: String(cString: strerror(errno)))
          return
        }
        done += count
      }
    }
  }

  /// What whole lines hold, and how many bytes they take.
  private static func read(
    _ path: String, deployment: String
  ) throws(RunError) -> (evaluations: [SchemeEvaluation], length: Int) {
    guard let data = BoundedFile.contents(path, atMost: 1 << 28),
      let end = data.lastIndex(of: UInt8(ascii: "\n"))
    else { return ([], 0) }
    let lines = data[...end].split(separator: UInt8(ascii: "\n"))
    let decoder = JSONDecoder()
    guard let first = lines.first, let heading = try? decoder.decode(Heading.self, from: first),
      heading.schemaVersion == 1
    else { throw .damagedSearchFile(path: path, reason: "is no journal of a search") }
    guard heading.deployment == deployment else { throw .otherSearch(path: path) }
    var evaluations: [SchemeEvaluation] = []
    for (index, line) in lines.enumerated().dropFirst() {
      guard let evaluation = try? decoder.decode(SchemeEvaluation.self, from: line) else {
        throw .damagedSearchFile(path: path, reason: "line \(index + 1) is no measurement")
      }
      evaluations.append(evaluation)
    }
    return (evaluations, end + 1)
  }
}
