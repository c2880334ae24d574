/// What a few operations in a row need, proved from the buffers alive at them alone.
///
/// The bound at one operation does not see that buffers cannot move: an input that stands where one operation wants
/// it may be in the way at the next, and a chain of operations in place drifts by its leads. So every run of up to
/// `longest` operations is taken for itself.
///
/// A placement of the whole step, kept to the buffers alive at some operation of the run, is a placement of the run:
/// of these, two alive at once in the run are alive at once in the step, and every overlap of two of them has its
/// operation in the run, since its input is alive until then and its output from then on. So a peak too low for the
/// run is too low for the step. Buffers alive throughout the run only take their bytes from it (`PlacementProblem`),
/// so few are left, and `SeparationSolver` can try every order of them.
struct WindowBound {
  /// Operations of a run at most. With it, bounds of plans of the models in `Pipelines` met what an exact solver found.
  private static let longest = 5
  /// Decisions that the proof of one run and one peak may take.
  private static let trials = 100

  private let requests: [Placement.Request]
  private let overlaps: [Placement.Overlap]

  init(_ requests: [Placement.Request], overlaps: [Placement.Overlap]) {
    self.requests = requests
    self.overlaps = overlaps
  }

  /// A bound that some run of operations raised; no higher than `limit`, which is that of a placement.
  func raised(from start: Int, atMost limit: Int) -> Int {
    var bound = start
    let operations = (requests.map(\.last).max() ?? -1) + 1
    for length in 2...Self.longest {
      for first in 0..<max(0, operations - length + 1) where bound < limit {
        let window = first...first + length - 1
        guard bytes(in: window) > bound else { continue }
        var solver = SeparationSolver(problem(of: window))
        // Most windows need no more than the bound: this is asked first.
        guard case .impossible = solver.decide(peak: bound, trials: Self.trials) else { continue }
        bound += 1
        var highest = limit - 1
        while bound <= highest {
          let peak = bound + (highest - bound) / 2
          if case .impossible = solver.decide(peak: peak, trials: Self.trials) {
            bound = peak + 1
          } else {
            highest = peak - 1
          }
        }
      }
    }
    return bound
  }

  private func bytes(in window: ClosedRange<Int>) -> Int {
    requests.reduce(0) { $0 + ($1.first <= window.upperBound && window.lowerBound <= $1.last ? $1.byteCount : 0) }
  }

  /// The buffers alive at a run of operations, as if there were no others.
  private func problem(of window: ClosedRange<Int>) -> PlacementProblem {
    var slots = [Int?](repeating: nil, count: requests.count)
    var part: [Placement.Request] = []
    for (index, request) in requests.enumerated()
    where request.first <= window.upperBound && window.lowerBound <= request.last {
      slots[index] = part.count
      part.append(
        Placement.Request(
          byteCount: request.byteCount, alignment: request.alignment,
          first: max(request.first, window.lowerBound) - window.lowerBound,
          last: min(request.last, window.upperBound) - window.lowerBound))
    }
    let joined = overlaps.compactMap { overlap -> Placement.Overlap? in
      guard let input = slots[overlap.input], let output = slots[overlap.output] else { return nil }
      return Placement.Overlap(input: input, output: output, lead: overlap.lead)
    }
    return PlacementProblem(part, overlaps: joined)
  }
}
