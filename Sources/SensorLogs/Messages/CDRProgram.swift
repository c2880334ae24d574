/// A decoding program laid out so that walking it touches no reference counts: what nearly every message needs stands in
/// flat steps, the rest aside.
struct CDRProgram {
  /// As the instruction of the same name.
  enum Step {
    case skip(size: Int, number: Int)
    case skipString
    /// - loads: A range of `CDRProgram.loads`.
    case doubles(number: Int, loads: Range<Int>)
    /// - index: Of `CDRProgram.others`.
    case other(index: Int)
  }

  private(set) var steps: [Step] = []
  private(set) var loads: [(offset: Int, slot: Int)] = []
  /// Instructions to be run one by one.
  private(set) var others: [[CDRInstruction]] = []

  init(_ instructions: [CDRInstruction]) {
    for instruction in instructions {
      switch instruction {
      case .skip(let size, let number): steps.append(.skip(size: size, number: number))
      case .skipString: steps.append(.skipString)
      case .doubles(let number, let wanted):
        steps.append(.doubles(number: number, loads: loads.count..<loads.count + wanted.count))
        loads += wanted
      default:
        steps.append(.other(index: others.count))
        others.append([instruction])
      }
    }
  }
}
