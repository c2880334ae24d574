import Tensors

/// Reads the fields of one operation in order.
@safe
struct PlanCursor {
  private let words: UnsafePointer<Int32>
  private let end: Int
  private var position: Int

  /// - Parameter words: Outlives the cursor.
  init(unsafeWords words: UnsafePointer<Int32>, from start: Int, count: Int) {
    unsafe self.words = words
    position = start
    end = start &+ count
  }

  mutating func next() -> Int32 {
    precondition(position < end, "an operation's record ended early")
    defer { position &+= 1 }
    // SAFETY: the engine checked that the record lies inside the plan, and `position` is inside the record.
    return unsafe words[position]
  }

  mutating func nextInt() -> Int { Int(next()) }

  mutating func nextGeometry() -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputLength: nextInt(), inputChannels: nextInt(), outputLength: nextInt(), outputChannels: nextInt(),
      kernel: nextInt(), stride: nextInt(), padding: nextInt())
  }

  mutating func nextElement() -> Plan.ErrorElement {
    guard let element = Plan.ErrorElement(rawValue: next()) else {
      preconditionFailure("errors have a known element type")
    }
    return element
  }

  mutating func nextRange() -> OutputRange { OutputRange(zeroPoint: next(), low: next(), high: next()) }
}
