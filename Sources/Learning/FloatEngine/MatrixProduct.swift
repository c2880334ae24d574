/// A float32 matrix with any distance between rows and between columns, not owned.
struct MatrixView {
  var base: UnsafePointer<Float>
  var rowStride: Int
  var columnStride: Int
}

/// Matrix products: the inner loop of every convolution and dense layer, forward and backward.
///
/// Each result element is `start[i, j] + left[i, 0]·right[0, j] + left[i, 1]·right[1, j] + …`, added in
/// that order with one rounding for each operation. Tiles, remainders and blocks keep to that order, so
/// the bits depend neither on the blocking nor on how many rows are computed together. Rows of `left`
/// may overlap: the patches of a convolution over frame-major samples are read in place.
enum MatrixProduct {
  /// Rows and depth that are worked through while they stay in the first-level cache.
  private static let rowBlock = 32
  private static let depthBlock = 128

  /// Writes `rows × columns` results.
  ///
  /// - Parameters:
  ///   - left: `rows × depth`.
  ///   - right: `depth × columns`, row-major, `rightStride` from row to row.
  ///   - start: Added to the product: `rows × columns` with its own row stride (0 repeats one row, as a
  ///     bias does). May be `output` itself. Nil means zero.
  static func multiply(
    rows: Int, columns: Int, depth: Int, left: MatrixView, right: UnsafePointer<Float>, rightStride: Int,
    start: UnsafePointer<Float>?, startStride: Int, output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    if depth == 0 {
      for row in 0..<rows {
        for column in 0..<columns {
          output[row * outputStride + column] = start.map { $0[row * startStride + column] } ?? 0
        }
      }
      return
    }
    var depthStart = 0
    while depthStart < depth {
      let depthCount = min(depthBlock, depth - depthStart)
      var rowStart = 0
      while rowStart < rows {
        let rowCount = min(rowBlock, rows - rowStart)
        let first = depthStart == 0
        let partial = UnsafePointer(output + rowStart * outputStride)
        let startBase = first ? start.map { $0 + rowStart * startStride } : partial
        block(
          rows: rowCount, columns: columns, depth: depthCount,
          left: left.base + rowStart * left.rowStride + depthStart * left.columnStride,
          leftRowStride: left.rowStride, leftDepthStride: left.columnStride,
          right: right + depthStart * rightStride, rightStride: rightStride, start: startBase,
          startStride: first ? startStride : outputStride, output: output + rowStart * outputStride,
          outputStride: outputStride)
        rowStart += rowCount
      }
      depthStart += depthCount
    }
  }

  private static func block(
    rows: Int, columns: Int, depth: Int, left: UnsafePointer<Float>, leftRowStride: Int, leftDepthStride: Int,
    right: UnsafePointer<Float>, rightStride: Int, start: UnsafePointer<Float>?, startStride: Int,
    output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    let wideColumns = columns & ~7
    let quadColumns = columns & ~3
    let tiledRows = rows & ~3
    var column = 0
    while column < wideColumns {
      var row = 0
      while row < tiledRows {
        tile4x8(
          depth: depth, left: left + row &* leftRowStride, leftRowStride: leftRowStride,
          leftDepthStride: leftDepthStride, right: right + column, rightStride: rightStride,
          start: start.map { $0 + (row &* startStride &+ column) }, startStride: startStride,
          output: output + (row &* outputStride &+ column), outputStride: outputStride)
        row &+= 4
      }
      while row < rows {
        for half in 0..<2 {
          let at = column &+ 4 &* half
          tile1x4(
            depth: depth, left: left + row &* leftRowStride, leftDepthStride: leftDepthStride, right: right + at,
            rightStride: rightStride, start: start.map { $0 + (row &* startStride &+ at) },
            output: output + (row &* outputStride &+ at))
        }
        row &+= 1
      }
      column &+= 8
    }
    while column < quadColumns {
      for row in 0..<rows {
        tile1x4(
          depth: depth, left: left + row &* leftRowStride, leftDepthStride: leftDepthStride, right: right + column,
          rightStride: rightStride, start: start.map { $0 + (row &* startStride &+ column) },
          output: output + (row &* outputStride &+ column))
      }
      column &+= 4
    }
    while column < columns {
      var row = 0
      while row < tiledRows {
        tile4x1(
          depth: depth, left: left + row &* leftRowStride, leftRowStride: leftRowStride,
          leftDepthStride: leftDepthStride, right: right + column, rightStride: rightStride,
          start: start.map { $0 + (row &* startStride &+ column) }, startStride: startStride,
          output: output + (row &* outputStride &+ column), outputStride: outputStride)
        row &+= 4
      }
      while row < rows {
        var sum = start.map { $0[row &* startStride &+ column] } ?? 0
        for k in 0..<depth {
          sum += left[row &* leftRowStride &+ k &* leftDepthStride] * right[k &* rightStride &+ column]
        }
        output[row &* outputStride &+ column] = sum
        row &+= 1
      }
      column &+= 1
    }
  }

  /// Eight accumulators of four lanes: with two loads and a broadcast they fill the sixteen registers of
  /// baseline x86-64.
  @inline(__always)
  private static func tile4x8(
    depth: Int, left: UnsafePointer<Float>, leftRowStride: Int, leftDepthStride: Int, right: UnsafePointer<Float>,
    rightStride: Int, start: UnsafePointer<Float>?, startStride: Int, output: UnsafeMutablePointer<Float>,
    outputStride: Int
  ) {
    var sum00 = SIMD4<Float>.zero, sum01 = SIMD4<Float>.zero
    var sum10 = SIMD4<Float>.zero, sum11 = SIMD4<Float>.zero
    var sum20 = SIMD4<Float>.zero, sum21 = SIMD4<Float>.zero
    var sum30 = SIMD4<Float>.zero, sum31 = SIMD4<Float>.zero
    if let start {
      sum00 = load4(start)
      sum01 = load4(start + 4)
      sum10 = load4(start + startStride)
      sum11 = load4(start + (startStride &+ 4))
      sum20 = load4(start + 2 &* startStride)
      sum21 = load4(start + (2 &* startStride &+ 4))
      sum30 = load4(start + 3 &* startStride)
      sum31 = load4(start + (3 &* startStride &+ 4))
    }
    var row0 = left
    var row1 = left + leftRowStride
    var row2 = left + 2 &* leftRowStride
    var row3 = left + 3 &* leftRowStride
    var columns = right
    for _ in 0..<depth {
      let right0 = load4(columns)
      let right1 = load4(columns + 4)
      let left0 = SIMD4<Float>(repeating: row0.pointee)
      sum00 += left0 * right0
      sum01 += left0 * right1
      let left1 = SIMD4<Float>(repeating: row1.pointee)
      sum10 += left1 * right0
      sum11 += left1 * right1
      let left2 = SIMD4<Float>(repeating: row2.pointee)
      sum20 += left2 * right0
      sum21 += left2 * right1
      let left3 = SIMD4<Float>(repeating: row3.pointee)
      sum30 += left3 * right0
      sum31 += left3 * right1
      row0 += leftDepthStride
      row1 += leftDepthStride
      row2 += leftDepthStride
      row3 += leftDepthStride
      columns += rightStride
    }
    store4(sum00, output)
    store4(sum01, output + 4)
    store4(sum10, output + outputStride)
    store4(sum11, output + (outputStride &+ 4))
    store4(sum20, output + 2 &* outputStride)
    store4(sum21, output + (2 &* outputStride &+ 4))
    store4(sum30, output + 3 &* outputStride)
    store4(sum31, output + (3 &* outputStride &+ 4))
  }

  @inline(__always)
  private static func tile1x4(
    depth: Int, left: UnsafePointer<Float>, leftDepthStride: Int, right: UnsafePointer<Float>, rightStride: Int,
    start: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
  ) {
    var sum = start.map { load4($0) } ?? .zero
    var row = left
    var columns = right
    for _ in 0..<depth {
      sum += SIMD4<Float>(repeating: row.pointee) * load4(columns)
      row += leftDepthStride
      columns += rightStride
    }
    store4(sum, output)
  }

  /// One column of four rows: four independent sums hide the latency of each addition.
  @inline(__always)
  private static func tile4x1(
    depth: Int, left: UnsafePointer<Float>, leftRowStride: Int, leftDepthStride: Int, right: UnsafePointer<Float>,
    rightStride: Int, start: UnsafePointer<Float>?, startStride: Int, output: UnsafeMutablePointer<Float>,
    outputStride: Int
  ) {
    var sum = SIMD4<Float>.zero
    if let start {
      sum = SIMD4(start[0], start[startStride], start[2 &* startStride], start[3 &* startStride])
    }
    var row = left
    var column = right
    for _ in 0..<depth {
      let values = SIMD4(row[0], row[leftRowStride], row[2 &* leftRowStride], row[3 &* leftRowStride])
      sum += values * SIMD4<Float>(repeating: column.pointee)
      row += leftDepthStride
      column += rightStride
    }
    output[0] = sum[0]
    output[outputStride] = sum[1]
    output[2 &* outputStride] = sum[2]
    output[3 &* outputStride] = sum[3]
  }
}
