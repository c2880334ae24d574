import TrainingCompiler

/// A linear guess of a scheme's accuracy from the schemes that were measured, to choose what to measure next.
///
/// `accuracy ≈ intercept + Σ share · weight` over the tensors. Ridge regression, drawn toward prior weights; each
/// measured scheme counts the more, the fewer tensors it differs in from the scheme in whose neighbourhood
/// guesses are wanted. What tensors add on their own does not add up, so the prior is first scaled to what was
/// measured. Only the order in which schemes are measured depends on it, no reported figure.
struct AccuracyModel {
  private let tensors: [ParameterTensor]
  private var weights: [Double]
  private var intercept = 0.0

  /// - Parameters:
  ///   - prior: A tensor's weight where nothing was measured, parallel to `tensors`; scaled by 0...1.
  ///   - strength: What the prior counts in comparison with one scheme nearby.
  init(
    tensors: [ParameterTensor], prior: [Double], near centre: UpdateScheme,
    measured: [(scheme: UpdateScheme, accuracy: Double)], strength: Double = 0.25
  ) {
    self.tensors = tensors
    weights = prior
    guard !measured.isEmpty else { return }
    let middle = Self.features(centre, tensors)
    let rows = measured.map { Self.features($0.scheme, tensors) }
    let importance = rows.map { row in
      1 / (1 + zip(row, middle).reduce(0) { $0 + abs($1.0 - $1.1) })
    }
    let total = importance.reduce(0, +)
    // The intercept is not drawn anywhere, so means are taken off first.
    let means = tensors.indices.map { j in
      zip(rows, importance).reduce(0) { $0 + $1.0[j] * $1.1 } / total
    }
    let mean = zip(measured, importance).reduce(0) { $0 + $1.0.accuracy * $1.1 } / total
    var products = 0.0
    var squares = 0.0
    for (i, row) in rows.enumerated() {
      let sum = zip(zip(row, means), prior).reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
      products += importance[i] * sum * (measured[i].accuracy - mean)
      squares += importance[i] * sum * sum
    }
    let scale = squares > 0 ? max(0, min(1, products / squares)) : 1
    let prior = prior.map { $0 * scale }
    var matrix = tensors.indices.map { j in tensors.indices.map { $0 == j ? strength : 0 } }
    var right = [Double](repeating: 0, count: tensors.count)
    for (i, row) in rows.enumerated() {
      let centred = zip(row, means).map { $0 - $1 }
      let residual = measured[i].accuracy - mean - zip(centred, prior).reduce(0) { $0 + $1.0 * $1.1 }
      for j in tensors.indices where centred[j] != 0 {
        right[j] += importance[i] * centred[j] * residual
        for k in tensors.indices { matrix[j][k] += importance[i] * centred[j] * centred[k] }
      }
    }
    let change = Self.solve(matrix, right)
    weights = zip(prior, change).map { $0 + $1 }
    intercept = mean - zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 }
  }

  func guess(_ scheme: UpdateScheme) -> Double {
    zip(Self.features(scheme, tensors), weights).reduce(intercept) { $0 + $1.0 * $1.1 }
  }

  private static func features(_ scheme: UpdateScheme, _ tensors: [ParameterTensor]) -> [Double] {
    tensors.map { Double(scheme[$0].rawValue) / 8 }
  }

  /// Solves a symmetric positive definite system by Cholesky's factorisation.
  static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    let n = right.count
    var factor = matrix
    var x = right
    for j in 0..<n {
      for i in j..<n {
        var sum = factor[i][j]
        for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
        factor[i][j] = i == j ? sum.squareRoot() : sum / factor[j][j]
      }
    }
    for i in 0..<n {
      for k in 0..<i { x[i] -= factor[i][k] * x[k] }
      x[i] /= factor[i][i]
    }
    for i in (0..<n).reversed() {
      for k in i + 1..<n { x[i] -= factor[k][i] * x[k] }
      x[i] /= factor[i][i]
    }
    return x
  }
}
