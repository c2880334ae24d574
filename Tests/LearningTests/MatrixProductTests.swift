import Testing

@testable import Learning

@Suite struct MatrixProductTests {
  /// Every row and column remainder, and depths and heights beyond one block, against three plain loops:
  /// equal to the last bit, because both add in the same order.
  @Test(arguments: [1, 2, 7, 127, 128, 129, 300])
  func tilesAndBlocksAddInTheOrderOfThePlainLoops(depth: Int) {
    var random = TestRandom(seed: UInt64(depth))
    let sizes = depth < 100 ? Array(1...17) + [33] : [3, 4, 33, 37]
    for rows in sizes {
      for columns in depth < 100 ? Array(1...17) : [1, 6, 13] {
        check(rows: rows, columns: columns, depth: depth, random: &random)
      }
    }
  }

  private func check(rows: Int, columns: Int, depth: Int, random: inout TestRandom) {
    // Overlapping rows, as the patches of a convolution, or a transposed left side, as in weight gradients.
    let transposed = Bool.random(using: &random)
    let rowStride = transposed ? 1 : Int.random(in: 1...depth + 2, using: &random)
    let columnStride = transposed ? rows + 1 : 1
    let left = random.floats(rows * rowStride + depth * columnStride)
    let rightStride = columns + 3
    let right = random.floats(depth * rightStride)
    // No start, one row for all (a bias), or a start for each element.
    let startStride = Int.random(in: -1...1, using: &random) * columns
    let start = random.floats(rows * columns)
    var found = Array(repeating: Float.nan, count: rows * columns)
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        start.withUnsafeBufferPointer { start in
          found.withUnsafeMutableBufferPointer { found in
            guard let left = left.baseAddress, let right = right.baseAddress, let output = found.baseAddress else {
              return
            }
            MatrixProduct.multiply(
              rows: rows, columns: columns, depth: depth,
              left: MatrixView(base: left, rowStride: rowStride, columnStride: columnStride), right: right,
              rightStride: rightStride, start: startStride < 0 ? nil : start.baseAddress,
              startStride: max(startStride, 0), output: output, outputStride: columns)
          }
        }
      }
    }
    var expected: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        var sum: Float = startStride < 0 ? 0 : start[row * max(startStride, 0) + column]
        for k in 0..<depth {
          let product = left[row * rowStride + k * columnStride] * right[k * rightStride + column]
          sum += product
        }
        expected.append(sum)
      }
    }
    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(rows) × \(columns) × \(depth)")
  }
}
