import Foundation
import Learning
import PipelineModel
import Signal

extension Rotate {
  /// Turns the triplets of channels of the chosen subjects' windows, each subject by its own matrix.
  ///
  /// - Parameter heldOut: Those whom the stage calls held out.
  func apply(
    to windows: inout WindowSet, channels: [String], heldOut: Set<Int>, environment: [String: String]
  ) throws(RunError) {
    let rotations = try rotations(environment)
    let triplets = try triplets(of: channels)
    let frames = windows.shape.length
    let count = windows.shape.channels
    for (index, name) in windows.subjectNames.enumerated() where isChosen(heldOut.contains(index)) {
      let own = windows.indices(ofSubjects: [index])
      if own.isEmpty { continue }
      let rotation = try rotations.rotation(of: name)
      let turn = WindowTurn(rotation: rotation, triplets: triplets)
      for window in own {
        turn.apply(to: &windows.values, from: window * frames * count, frames: frames, channels: count)
      }
    }
  }

  /// How one subject's windows are turned; nil where they stay as recorded.
  func turn(
    of subject: String, isHeldOut: Bool, channels: [String], environment: [String: String]
  ) throws(RunError) -> WindowTurn? {
    guard isChosen(isHeldOut) else { return nil }
    return WindowTurn(rotation: try rotations(environment).rotation(of: subject), triplets: try triplets(of: channels))
  }

  /// Finds what is wrong with the matrices before anything is read.
  func check(
    _ subjects: [String], heldOut: Set<Int>, environment: [String: String]
  ) throws(RunError) {
    let rotations = try rotations(environment)
    for (index, name) in subjects.enumerated() where isChosen(heldOut.contains(index)) {
      _ = try rotations.rotation(of: name)
    }
  }

  /// Where rotations come from.
  private enum Rotations {
    case table([String: AxisRotation], path: String)
    case random(seed: UInt64)

    func rotation(of name: String) throws(RunError) -> AxisRotation {
      // A part of a subject is still of the same person.
      let suffix = [WindowSet.earlierSuffix, SearchValidation.middleSuffix].first { name.hasSuffix($0) }
      let subject = String(name.dropLast(suffix?.count ?? 0))
      switch self {
      case .random(let seed): return AxisRotation(seed: seed, name: subject)
      case .table(let table, let path):
        guard let rotation = table[subject] else { throw .missingRotation(subject: subject, path: path) }
        return rotation
      }
    }
  }

  private func rotations(_ environment: [String: String]) throws(RunError) -> Rotations {
    guard let matrices else { return .random(seed: UInt64(seed ?? 0)) }
    let path: String
    do {
      path = try resolvingEnvironment(matrices, in: environment)
    } catch {
      throw .unknownEnvironmentVariable(error)
    }
    return .table(try Self.matrices(at: path), path: path)
  }

  private func isChosen(_ isHeldOut: Bool) -> Bool {
    switch subjects {
    case .heldOut: isHeldOut
    case .training: !isHeldOut
    case .all: true
    }
  }

  /// The three channel numbers of each triplet.
  private func triplets(of names: [String]) throws(RunError) -> [[Int]] {
    guard let channels else {
      guard names.count.isMultiple(of: 3) else {
        throw .rotationChannels(names.last ?? "", known: names)
      }
      return stride(from: 0, to: names.count, by: 3).map { [$0, $0 + 1, $0 + 2] }
    }
    var triplets: [[Int]] = []
    for triplet in channels {
      var indices: [Int] = []
      for name in triplet {
        guard let index = names.firstIndex(of: name) else { throw .rotationChannels(name, known: names) }
        indices.append(index)
      }
      guard indices.count == 3 else { throw .rotationChannels(triplet.joined(separator: ", "), known: names) }
      triplets.append(indices)
    }
    return triplets
  }

  private static func matrices(at path: String) throws(RunError) -> [String: AxisRotation] {
    let table: [String: [[Float]]]
    do {
      table = try JSONDecoder().decode(
        [String: [[Float]]].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw .rotations(path: path, reason: "cannot be read as a table of matrices")
    }
    var rotations: [String: AxisRotation] = [:]
    for (name, rows) in table {
      guard rows.count == 3, rows.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isFinite) }) else {
        throw .rotations(path: path, reason: "the matrix of '\(name)' is not 3 × 3")
      }
      rotations[name] = AxisRotation(
        rows: (rows[0][0], rows[0][1], rows[0][2]), (rows[1][0], rows[1][1], rows[1][2]),
        (rows[2][0], rows[2][1], rows[2][2]))
    }
    return rotations
  }
}

/// One matrix for the triplets of channels of a window.
struct WindowTurn {
  let rotation: AxisRotation
  let triplets: [[Int]]

  /// - Parameters:
  ///   - values: Frame-major; a window of `[frames, channels]` begins at `base`.
  func apply(to values: inout [Float], from base: Int, frames: Int, channels: Int) {
    for t in 0..<frames {
      let frame = base + t * channels
      for triplet in triplets {
        let turned = rotation.apply(
          values[frame + triplet[0]], values[frame + triplet[1]], values[frame + triplet[2]])
        values[frame + triplet[0]] = turned.x
        values[frame + triplet[1]] = turned.y
        values[frame + triplet[2]] = turned.z
      }
    }
  }
}
