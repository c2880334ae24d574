import Tensors
import TrainingCompiler

/// Replays the memory traffic of a plan, byte by byte, from its words alone.
///
/// What each operation reads and writes is derived here from its encoded fields and the kernels' shapes, not
/// from the lists that the planner used; so an access that lowering forgot to declare is found. Every byte that is
/// read must have been written, in the same step or for ever, as part of the same buffer.
struct PlanReplay {
  let words: [Int32]
  let constantBytes: Int
  let buffers: [TrainingPlan.PlacedBuffer]
  private(set) var faults: [String] = []
  /// One past the highest byte touched.
  private(set) var touchedBytes = 0

  private struct Stamp: Equatable {
    var buffer: Int
    var step: Int
  }

  private var stamps: [Stamp?]
  private var step = 0
  /// The operation of the step; -1 before the first.
  private var time = -1

  init(_ plan: TrainingPlan) {
    self.init(words: plan.words, constantBytes: plan.constants.count, buffers: plan.buffers)
  }

  init(words: [Int32], constantBytes: Int, buffers: [TrainingPlan.PlacedBuffer]) {
    self.words = words
    self.constantBytes = constantBytes
    self.buffers = buffers
    stamps = Array(repeating: nil, count: Int(words[Plan.Header.arenaBytes]))
    run()
  }

  /// Initial copies, a step, a prediction, and a second step.
  private mutating func run() {
    let counts = [Plan.Header.initialOperations, Plan.Header.forwardOperations, Plan.Header.backwardOperations].map {
      Int(words[$0])
    }
    let state = Int(words[Plan.Header.stateOffset])
    write(words[Plan.Header.stateOffset], Plan.State.byteCount)
    var position = Plan.Header.wordCount
    for _ in 0..<counts[0] { position = operation(at: position) }
    let start = position
    for forwardOnly in [false, true, false] {
      step += 1
      time = 0
      write(words[Plan.Header.inputOffset], Int(words[Plan.Header.inputBytes]))
      position = start
      for t in 0..<counts[1] {
        time = t
        position = operation(at: position)
      }
      read(words[Plan.Header.logitsOffset], 4 * Int(words[Plan.Header.classes]))
      read(Int32(state), Plan.State.byteCount)
      if forwardOnly { continue }
      for t in 0..<counts[2] {
        time = counts[1] + t
        position = operation(at: position)
      }
      if position != words.count { faults.append("the records end at word \(position) of \(words.count)") }
    }
  }

  /// The buffer that is alive now and holds all of a range.
  private func owner(_ offset: Int, _ count: Int) -> Int? {
    buffers.indices.first { i in
      let b = buffers[i]
      let alive = b.isPersistent || time < 0 || (b.firstOperation <= time && time <= b.lastOperation)
      return alive && b.offset <= offset && offset + count <= b.offset + b.byteCount
    }
  }

  private mutating func read(_ operand: Int32, _ count: Int) {
    guard operand != Plan.none else {
      faults.append("step \(step), operation \(time): an absent operand is read")
      return
    }
    if operand < 0 {
      if Int(~operand) + count > constantBytes { faults.append("operation \(time): constants end early") }
      return
    }
    let offset = Int(operand)
    guard let owner = owner(offset, count) else {
      faults.append("step \(step), operation \(time): reads \(count) bytes at \(offset) of no live buffer")
      return
    }
    touchedBytes = max(touchedBytes, offset + count)
    for byte in offset..<offset + count {
      let isCurrent = stamps[byte].map { $0.buffer == owner && (buffers[owner].isPersistent || $0.step == step) }
      guard isCurrent == true else {
        let last = stamps[byte].map { "\(buffers[$0.buffer].name) in step \($0.step)" } ?? "nobody"
        faults.append(
          "step \(step), operation \(time): byte \(byte) of \(buffers[owner].name) was last written by \(last)")
        return
      }
    }
  }

  private mutating func write(_ operand: Int32, _ count: Int) {
    guard operand >= 0 else {
      faults.append("operation \(time): writes a constant")
      return
    }
    let offset = Int(operand)
    guard let owner = owner(offset, count) else {
      faults.append("step \(step), operation \(time): writes \(count) bytes at \(offset) of no live buffer")
      return
    }
    touchedBytes = max(touchedBytes, offset + count)
    for byte in offset..<offset + count { stamps[byte] = Stamp(buffer: owner, step: step) }
  }

  /// All reads of an operation stand before its writes, so what it writes must not touch what it reads, except
  /// that an update changes its own parameters.
  private mutating func access(reads: [(Int32, Int)], writes: [(Int32, Int)], inPlace: [(Int32, Int)] = []) {
    let all = inPlace + writes
    for (i, w) in all.enumerated() where w.0 >= 0 {
      for r in reads + all[(i + 1)...] where r.0 >= 0 {
        if w.0 < r.0 + Int32(r.1) && r.0 < w.0 + Int32(w.1) {
          faults.append("operation \(time): writes at \(w.0) what it reads or writes at \(r.0)")
        }
      }
    }
    for r in reads + inPlace { read(r.0, r.1) }
    for w in all { write(w.0, w.1) }
  }

  private func present(_ accesses: (Int32, Int)...) -> [(Int32, Int)] { accesses.filter { $0.0 != Plan.none } }

  private func state(_ word: Int) -> (Int32, Int) { (words[Plan.Header.stateOffset] + Int32(4 * word), 4) }

  // MARK: Operations

  private mutating func operation(at position: Int) -> Int {
    let length = Int(words[position] >> 8)
    let f = Array(words[position + 1..<position + length])
    func geometry(_ at: Int) -> ConvolutionGeometry {
      let g = f[at..<at + 7].map { Int($0) }
      return ConvolutionGeometry(
        inputLength: g[0], inputChannels: g[1], outputLength: g[2], outputChannels: g[3], kernel: g[4], stride: g[5],
        padding: g[6])
    }
    func bits(_ elements: Int) -> Int { (elements + 7) / 8 }
    switch Plan.Opcode(rawValue: words[position] & 0xFF) {
    case .copy:
      access(reads: [(f[1], Int(f[2]))], writes: [(f[0], Int(f[2]))])
    case .copyChannels:
      access(reads: [(f[0], Int(f[2] * f[3]))], writes: [(f[1], Int(f[2] * f[4]))])
    case .convolution, .depthwiseConvolution, .logits:
      let g = geometry(6)
      let opcode = Plan.Opcode(rawValue: words[position] & 0xFF)
      let rows = opcode == .depthwiseConvolution ? g.kernel : g.outputChannels * g.kernel
      let reads =
        [
          (f[0], g.inputCount), (f[3], 4 * g.outputChannels), (f[4], 4 * g.outputChannels), (f[5], g.outputChannels),
        ] + weights(f[2], rows: rows, channels: g.inputChannels, split: Array(f[(opcode == .logits ? 14 : 19)...]))
      if opcode == .logits {
        access(reads: reads, writes: [(f[13], 4 * g.outputCount), state(Plan.State.prediction)])
      } else {
        access(
          reads: reads,
          writes: present((f[16], 4 * g.outputChannels), (f[17], g.outputCount), (f[18], bits(g.outputCount))))
      }
    case .residualAdd:
      let count = Int(f[7])
      // One buffer may be both sides.
      access(
        reads: f[0] == f[1] ? [(f[0], count)] : [(f[0], count), (f[1], count)],
        writes: present((f[11], count), (f[12], bits(count))))
    case .averagePool:
      access(reads: [(f[0], geometry(4).inputCount)], writes: [(f[11], geometry(4).outputCount)])
    case .maxPool:
      let g = geometry(1)
      access(reads: [(f[0], g.inputCount)], writes: present((f[8], g.outputCount), (f[9], g.outputCount)))
    case .loss:
      let classes = Int(f[1])
      access(
        reads: [(f[0], 4 * classes)],
        writes: [(f[2], Plan.scaleBytes + 4 * classes), state(Plan.State.loss)])
    case .gradient:
      gradient(f, geometry(1))
    case .updateWeights, .updateDepthwiseWeights:
      let g = geometry(4)
      let depthwise = Plan.Opcode(rawValue: words[position] & 0xFF) == .updateDepthwiseWeights
      let weights = depthwise ? g.kernel * g.inputChannels : g.outputChannels * g.patchCount
      access(
        reads: [
          (f[0], Plan.scaleBytes + g.outputCount), (f[1], g.inputLength * Int(f[17])), (f[11], 4 * g.outputChannels),
          (f[12], g.outputChannels), state(Plan.State.step),
        ]
          + present(
            (f[19], 4 * (depthwise ? g.kernel : g.outputChannels)),
            (f[20], 4 * (depthwise ? g.inputChannels : g.patchCount))),
        writes: [(f[13], 4 * (depthwise ? g.inputChannels : g.patchCount))],
        inPlace: present((f[3], weights), (f[15], weights)))
    case .updateBias:
      let channels = Int(f[3])
      access(
        reads: [
          (f[0], Plan.scaleBytes + Int(f[2]) * channels), (f[4], 4 * channels), (f[5], channels),
          state(Plan.State.step),
        ] + present((f[10], 4 * channels)),
        writes: [], inPlace: present((f[1], 4 * channels), (f[8], channels)))
    case nil:
      faults.append("word \(position) is no operation")
    }
    return position + length
  }

  /// A tensor in one piece, or updated weights in the arena and frozen ones among the constants.
  private mutating func weights(_ operand: Int32, rows: Int, channels: Int, split: [Int32]) -> [(Int32, Int)] {
    guard split[0] != Plan.none else { return [(operand, rows * channels)] }
    if split[0] >= 0 { faults.append("operation \(time): frozen weights are in the arena") }
    let updated = Int(split[1])
    return [(operand, rows * updated), (split[0], rows * (channels - updated))]
  }

  private mutating func gradient(_ f: [Int32], _ g: ConvolutionGeometry) {
    var reads: [(Int32, Int)] = []
    switch Plan.GradientSource(rawValue: f[0]) {
    case .convolution:
      reads.append((f[8], Plan.scaleBytes + g.outputCount))
      reads += weights(
        f[9], rows: g.outputChannels * g.kernel, channels: g.inputChannels, split: Array(f[31...]))
    case .depthwiseConvolution:
      reads.append((f[8], Plan.scaleBytes + g.outputCount))
      reads += weights(f[9], rows: g.kernel, channels: g.inputChannels, split: Array(f[31...]))
    case .stored:
      reads.append((f[8], Plan.scaleBytes + 4 * g.inputCount))
    case .averagePool:
      reads.append((f[8], Plan.scaleBytes + 4 * g.outputCount))
    case .maxPool:
      reads += [(f[8], Plan.scaleBytes + 4 * g.outputCount), (f[9], g.outputCount)]
    case .some(.none): break
    case nil: faults.append("operation \(time): an unknown source")
    }
    for a in 0..<Int(f[15]) { reads.append((f[16 + a], Plan.scaleBytes + g.inputCount)) }
    let outputs = Int(f[18])
    let int8Outputs = (0..<outputs).count { Plan.GradientOutput(rawValue: f[19 + 6 * $0]) == .int8 }
    var writes = present(
      (f[14], Plan.gradientWorkspaceBytes(channels: g.inputChannels, int8Outputs: int8Outputs)),
      (f[13], 4 * g.inputCount))
    for o in 0..<outputs {
      let field = 19 + 6 * o
      let isInt8 = Plan.GradientOutput(rawValue: f[field]) == .int8
      writes.append((f[field + 1], Plan.scaleBytes + (isInt8 ? 1 : 4) * g.inputCount))
      let maskBytes = (g.inputCount + 7) / 8
      reads += present((f[field + 2], maskBytes), (f[field + 3], maskBytes), (f[field + 4], 4 * g.inputChannels))
    }
    access(reads: reads, writes: writes, inPlace: [state(Plan.State.saturated)])
  }
}
