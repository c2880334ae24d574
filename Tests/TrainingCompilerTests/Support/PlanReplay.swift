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

  /// The buffers that are alive now and hold all of a range: two where an operation works in place. One that
  /// is exactly the range is meant before one that only holds it.
  private func owners(_ offset: Int, _ count: Int) -> [Int] {
    let holding = buffers.indices.filter { i in
      let b = buffers[i]
      let alive = b.isPersistent || time < 0 || (b.firstOperation <= time && time <= b.lastOperation)
      return alive && b.offset <= offset && offset + count <= b.offset + b.byteCount
    }
    let exact = holding.filter { buffers[$0].offset == offset && buffers[$0].byteCount == count }
    return exact.isEmpty ? holding : exact
  }

  /// Part of a tensor: the buffer's operand and size, and the bytes meant.
  struct Part {
    var operand: Int32
    var total: Int
    var bytes: Range<Int>
  }

  private func whole(_ access: (Int32, Int)) -> Part {
    Part(operand: access.0, total: access.1, bytes: 0..<access.1)
  }

  private mutating func read(_ part: Part) {
    guard part.operand != Plan.none else {
      faults.append("step \(step), operation \(time): an absent operand is read")
      return
    }
    if part.operand < 0 {
      if Int(~part.operand) + part.total > constantBytes { faults.append("operation \(time): constants end early") }
      return
    }
    let base = Int(part.operand)
    let owners = owners(base, part.total)
    guard !owners.isEmpty else {
      faults.append("step \(step), operation \(time): reads \(part.total) bytes at \(base) of no live buffer")
      return
    }
    touchedBytes = max(touchedBytes, base + part.bytes.upperBound)
    // In place two buffers hold the bytes; what is read is the older one.
    func fault(of owner: Int) -> String? {
      for byte in base + part.bytes.lowerBound..<base + part.bytes.upperBound {
        let isCurrent = stamps[byte].map { $0.buffer == owner && (buffers[owner].isPersistent || $0.step == step) }
        guard isCurrent == true else {
          let last = stamps[byte].map { "\(buffers[$0.buffer].name) in step \($0.step)" } ?? "nobody"
          return "step \(step), operation \(time): byte \(byte) of \(buffers[owner].name) was last written by \(last)"
        }
      }
      return nil
    }
    let found = owners.map { fault(of: $0) }
    if !found.contains(nil), let first = found[0] { faults.append(first) }
  }

  private mutating func write(_ part: Part) {
    guard part.operand >= 0 else {
      faults.append("operation \(time): writes a constant")
      return
    }
    let base = Int(part.operand)
    // In place two buffers hold the bytes; what is written is the newer one.
    guard let owner = owners(base, part.total).max(by: { buffers[$0].firstOperation < buffers[$1].firstOperation })
    else {
      faults.append("step \(step), operation \(time): writes \(part.total) bytes at \(base) of no live buffer")
      return
    }
    touchedBytes = max(touchedBytes, base + part.bytes.upperBound)
    for byte in base + part.bytes.lowerBound..<base + part.bytes.upperBound {
      stamps[byte] = Stamp(buffer: owner, step: step)
    }
  }

  private mutating func read(_ operand: Int32, _ count: Int) { read(whole((operand, count))) }
  private mutating func write(_ operand: Int32, _ count: Int) { write(whole((operand, count))) }

  /// An operation that goes through tensors frame by frame: all that a frame reads is read before it is written.
  ///
  /// - Parameters:
  ///   - apart: What the operation reads and writes besides; none of it may be touched by the frames' writes.
  ///   - before: Written before the first frame and after everything was read once: the scales of outputs.
  private mutating func stream(
    frames: Int, reads: (Int) -> [Part], writes: (Int) -> [Part],
    apart: (reads: [(Int32, Int)], writes: [(Int32, Int)]),
    before: [Part] = [], inPlace: [(Int32, Int)] = []
  ) {
    let written = (0..<frames).flatMap(writes) + before
    for w in written {
      let range = Int(w.operand)..<Int(w.operand) + w.total
      for other in apart.reads + apart.writes + inPlace where other.0 >= 0 {
        if range.overlaps(Int(other.0)..<Int(other.0) + other.1) {
          faults.append("operation \(time): writes at \(w.operand) what it keeps apart at \(other.0)")
        }
      }
    }
    access(reads: apart.reads, writes: apart.writes, inPlace: inPlace)
    if !before.isEmpty {
      for t in 0..<frames { for part in reads(t) { read(part) } }
      for part in before { write(part) }
    }
    for t in 0..<frames {
      for part in reads(t) { read(part) }
      for part in writes(t) { write(part) }
    }
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
    case .clear:
      access(reads: [], writes: [(f[0], Int(f[1]))])
    case .copyChannels:
      let (length, channels, kept) = (Int(f[2]), Int(f[3]), Int(f[4]))
      stream(
        frames: length * kept,
        reads: { i in
          let at = i / kept * channels + i % kept
          return [Part(operand: f[0], total: length * channels, bytes: at..<at + 1)]
        },
        writes: { i in [Part(operand: f[1], total: length * kept, bytes: i..<i + 1)] }, apart: ([], []))
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
        stream(
          frames: g.outputLength,
          reads: { t in
            let first = max(0, t * g.stride - g.padding)
            let end = min(g.inputLength, t * g.stride - g.padding + g.kernel)
            return first < end
              ? [Part(operand: f[0], total: g.inputCount, bytes: first * g.inputChannels..<end * g.inputChannels)] : []
          },
          writes: { t in
            [
              Part(
                operand: f[17], total: g.outputCount, bytes: t * g.outputChannels..<(t + 1) * g.outputChannels)
            ]
          },
          apart: (Array(reads.dropFirst()), present((f[16], 4 * g.outputChannels), (f[18], bits(g.outputCount)))))
      }
    case .residualAdd:
      let count = Int(f[7])
      stream(
        frames: count,
        reads: { i in [f[0], f[1]].map { Part(operand: $0, total: count, bytes: i..<i + 1) } },
        writes: { i in [Part(operand: f[11], total: count, bytes: i..<i + 1)] },
        apart: ([], present((f[12], bits(count)))))
    case .averagePool:
      pool(geometry(4), input: f[0], output: f[11], winners: Plan.none)
    case .maxPool:
      pool(geometry(1), input: f[0], output: f[8], winners: f[9])
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
          (f[0], Plan.scaleBytes + g.outputCount << f[17]), (f[1], g.inputLength * Int(f[22])),
          (f[11], 4 * g.outputChannels), (f[12], g.outputChannels), state(Plan.State.step),
        ]
          + present(
            (f[24], 4 * (depthwise ? g.kernel : g.outputChannels)),
            (f[25], 4 * (depthwise ? g.inputChannels : g.patchCount))),
        writes: [(f[13], 4 * (depthwise ? g.inputChannels : g.patchCount))],
        inPlace: present(
          (f[3], weights), (f[15], weights),
          (f[18], Plan.velocityBytes(rows: depthwise ? g.kernel : g.outputChannels, parameters: weights))))
    case .updateBias:
      let channels = Int(f[3])
      access(
        reads: [
          (f[0], Plan.scaleBytes + (Int(f[2]) * channels) << f[10]), (f[4], 4 * channels), (f[5], channels),
          state(Plan.State.step),
        ] + present((f[16], 4 * channels)),
        writes: present((f[15], 4 * channels)),
        inPlace: present(
          (f[1], 4 * channels), (f[8], channels), (f[11], Plan.velocityBytes(rows: 1, parameters: channels))))
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

  /// A pool writes an element as soon as it has read the window of that element.
  private mutating func pool(_ g: ConvolutionGeometry, input: Int32, output: Int32, winners: Int32) {
    stream(
      frames: g.outputCount,
      reads: { i in
        (0..<g.kernel).map { k in
          let at = ((i / g.inputChannels) * g.stride + k) * g.inputChannels + i % g.inputChannels
          return Part(operand: input, total: g.inputCount, bytes: at..<at + 1)
        }
      },
      writes: { i in [Part(operand: output, total: g.outputCount, bytes: i..<i + 1)] },
      apart: ([], present((winners, g.outputCount))))
  }

  private mutating func gradient(_ f: [Int32], _ g: ConvolutionGeometry) {
    var reads: [(Int32, Int)] = []
    let size = 1 << Int(f[37])
    var streams: (Int) -> [Part] = { _ in [] }
    switch Plan.GradientSource(rawValue: f[0]) {
    case .convolution, .depthwiseConvolution:
      let isDepthwise = f[0] == Plan.GradientSource.depthwiseConvolution.rawValue
      reads += weights(
        f[9], rows: isDepthwise ? g.kernel : g.outputChannels * g.kernel, channels: g.inputChannels,
        split: Array(f[40...]))
      streams = { frame in
        (0..<g.kernel).compactMap { k in
          let shifted = frame + g.padding - k
          guard shifted >= 0, shifted % g.stride == 0, shifted / g.stride < g.outputLength else { return nil }
          let row = size * g.outputChannels
          let at = Plan.scaleBytes + shifted / g.stride * row
          return Part(operand: f[8], total: Plan.scaleBytes + size * g.outputCount, bytes: at..<at + row)
        }
      }
    case .stored:
      reads.append((f[8], Plan.scaleBytes + 4 * g.inputCount))
    case .averagePool:
      reads.append((f[8], Plan.scaleBytes + 4 * g.outputCount))
    case .maxPool:
      reads += [(f[8], Plan.scaleBytes + 4 * g.outputCount), (f[9], g.outputCount)]
    case .some(.none): break
    case nil: faults.append("operation \(time): an unknown source")
    }
    let addends = f[16..<16 + Int(f[15])]
    let outputs = Int(f[18])
    let quantized = (0..<outputs).count { Plan.GradientOutput(rawValue: f[19 + 9 * $0]) == .quantized }
    var carried: [(Int32, Int)] = []
    let writes = present(
      (f[14], Plan.gradientWorkspaceBytes(channels: g.inputChannels, quantizedOutputs: quantized)),
      (f[13], 4 * g.inputCount))
    for o in 0..<outputs {
      let maskBytes = (g.inputCount + 7) / 8
      reads += present(
        (f[19 + 9 * o + 2], maskBytes), (f[19 + 9 * o + 3], maskBytes), (f[19 + 9 * o + 4], 4 * g.inputChannels))
      carried += present((f[19 + 9 * o + 7], Plan.scaleBytes))
    }
    let results = (0..<outputs).map { o in
      let isQuantized = Plan.GradientOutput(rawValue: f[19 + 9 * o]) == .quantized
      let bytes = isQuantized ? size : 4
      return (
        operand: f[19 + 9 * o + 1], total: Plan.scaleBytes + bytes * g.inputCount, size: bytes
      )
    }
    // Scales of what is read are read first of all.
    var scales = addends.map {
      Part(operand: $0, total: Plan.scaleBytes + size * g.inputCount, bytes: 0..<Plan.scaleBytes)
    }
    if case .convolution? = Plan.GradientSource(rawValue: f[0]) {
      scales.append(Part(operand: f[8], total: Plan.scaleBytes + size * g.outputCount, bytes: 0..<Plan.scaleBytes))
    }
    for part in scales { read(part) }
    stream(
      frames: g.inputLength,
      reads: { t in
        let row = size * g.inputChannels
        let frame = Plan.scaleBytes + t * row..<Plan.scaleBytes + (t + 1) * row
        return streams(t)
          + addends.map { Part(operand: $0, total: Plan.scaleBytes + size * g.inputCount, bytes: frame) }
      },
      writes: { t in
        results.map { result in
          let row = g.inputChannels * result.size
          return Part(
            operand: result.operand, total: result.total,
            bytes: Plan.scaleBytes + t * row..<Plan.scaleBytes + (t + 1) * row)
        }
      },
      apart: (reads, writes),
      before: results.map { Part(operand: $0.operand, total: $0.total, bytes: 0..<Plan.scaleBytes) },
      inPlace: [state(Plan.State.saturated)] + carried)
  }
}
