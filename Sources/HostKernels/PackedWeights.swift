import CTrainingKernels
import Tensors

/// A tensor of weights in the orders in which dot products read them, made when they are needed first and again after
/// the weights changed.
final class PackedWeights {
  /// The whole tensor.
  let weights: UnsafePointer<Int8>
  /// Weights among the constants never change.
  private let isConstant: Bool
  /// Where the weights lie in two places, the whole tensor is put together here.
  private let joined: JoinedWeights?
  @exclusivity(unchecked) private var forms: [WeightForm] = []

  init(weights: UnsafePointer<Int8>, isConstant: Bool) {
    self.weights = weights
    self.isConstant = isConstant
    joined = nil
  }

  init(_ joined: JoinedWeights) {
    weights = UnsafePointer(joined.whole)
    isConstant = false
    self.joined = joined
  }

  func add<Form: WeightForm>(_ form: Form) -> Form {
    forms.append(form)
    return form
  }

  func existing<Form: WeightForm>(_ type: Form.Type) -> Form? {
    for form in forms {
      if let form = form as? Form { return form }
    }
    return nil
  }

  func invalidate() {
    joined?.isValid = false
    for form in forms { form.invalidate() }
  }

  func invalidateUnlessConstant() {
    if !isConstant { invalidate() }
  }

  /// Must come before a form reads the weights.
  @inline(__always)
  fileprivate func join() { joined?.refresh() }
}

/// Rows of weights of which the first channels lie in the arena, all others among the constants.
final class JoinedWeights {
  fileprivate let whole: UnsafeMutablePointer<Int8>
  private let updated: UnsafePointer<Int8>
  private let rows: Int
  private let channels: Int
  private let updatedChannels: Int
  @exclusivity(unchecked) fileprivate var isValid = false

  init(
    updated: UnsafePointer<Int8>, frozen: UnsafePointer<Int8>, rows: Int, channels: Int, updatedChannels: Int
  ) {
    precondition(updatedChannels > 0 && updatedChannels < channels, "weights in two places have both parts")
    whole = .allocate(capacity: rows * channels)
    self.updated = updated
    self.rows = rows
    self.channels = channels
    self.updatedChannels = updatedChannels
    let frozenChannels = channels - updatedChannels
    for row in 0..<rows {
      (whole + row * channels).initialize(repeating: 0, count: updatedChannels)
      (whole + row * channels + updatedChannels).initialize(
        from: frozen + row * frozenChannels, count: frozenChannels)
    }
  }

  deinit { whole.deallocate() }

  fileprivate func refresh() {
    guard !isValid else { return }
    for row in 0..<rows {
      (whole + row * channels).update(from: updated + row * updatedChannels, count: updatedChannels)
    }
    isValid = true
  }
}

/// One order of a tensor's weights.
class WeightForm {
  // Its owner holds it, and nobody else.
  fileprivate unowned(unsafe) let owner: PackedWeights
  @exclusivity(unchecked) final var isValid = false

  fileprivate init(_ owner: PackedWeights) { self.owner = owner }

  func invalidate() { isValid = false }
}

/// For the sums of a convolution: rows of patches.
final class ForwardWeights: WeightForm {
  private let rows: Int
  private let columns: Int
  let packed: UnsafeMutablePointer<Int8>
  /// The sum of each row's weights.
  let sums: Table<Int32>
  var groups: Int { (columns + 3) / 4 }

  init(_ owner: PackedWeights, rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    let bytes = lanes(rows) * ((columns + 3) / 4) * 4
    packed = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).assumingMemoryBound(to: Int8.self)
    sums = Table(count: rows, zero: 0)
    super.init(owner)
  }

  deinit { packed.deallocate() }

  @inline(__always)
  func refresh(_ kernels: UnsafePointer<TKKernels>) {
    guard !isValid else { return }
    owner.join()
    kernels.pointee.packRows(owner.weights, rows, columns, packed, sums.pointer)
    isValid = true
  }
}

/// For the gradient of a convolution's input: for each residue of the frame modulo the stride, the taps that reach it.
final class BackwardWeights: WeightForm {
  struct Residue {
    /// Taps `residue + stride · i`, from the last to the first.
    let taps: Int
    let groups: Int
    let packed: UnsafeMutablePointer<Int8>
    let sums: Table<Int32>
    /// Minus the offset times the sums.
    let start: Table<Int32>
  }

  private let geometry: ConvolutionGeometry
  let residues: [Residue]

  init(_ owner: PackedWeights, _ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    residues = (0..<min(geometry.stride, geometry.kernel)).map { residue in
      let taps = (geometry.kernel - residue + geometry.stride - 1) / geometry.stride
      let groups = (taps * geometry.outputChannels + 3) / 4
      return Residue(
        taps: taps, groups: groups,
        packed: UnsafeMutableRawPointer.allocate(
          byteCount: max(1, groups * 4 * lanes(geometry.inputChannels)), alignment: 64
        ).assumingMemoryBound(to: Int8.self),
        sums: Table(count: geometry.inputChannels, zero: 0), start: Table(count: geometry.inputChannels, zero: 0))
    }
    super.init(owner)
  }

  deinit {
    for residue in residues { residue.packed.deallocate() }
  }

  @inline(__always)
  func refresh(_ kernels: UnsafePointer<TKKernels>) {
    guard !isValid else { return }
    owner.join()
    let width = lanes(geometry.inputChannels)
    for (index, residue) in residues.enumerated() {
      kernels.pointee.packTaps(
        owner.weights, geometry.outputChannels, geometry.kernel, geometry.inputChannels,
        index + geometry.stride * (residue.taps - 1), geometry.stride, residue.taps, residue.packed)
      kernels.pointee.sumGroups(residue.packed, residue.groups, width, residue.sums.pointer)
      kernels.pointee.corrected(nil, residue.sums.pointer, kernels.pointee.offset, width, residue.start.pointer)
    }
    isValid = true
  }
}

/// For a depthwise convolution: pairs of taps, forward from the first on, backward for each residue of the frame modulo
/// the stride from the last on.
final class DepthwiseWeights: WeightForm {
  struct Residue {
    let taps: Int
    let pairs: Table<Int32>
  }

  private let geometry: ConvolutionGeometry
  let forward: Table<Int32>
  let backward: [Residue]
  @exclusivity(unchecked) private var isBackwardValid = false

  init(_ owner: PackedWeights, _ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    let width = lanes(geometry.inputChannels)
    forward = Table(count: (geometry.kernel + 1) / 2 * width, zero: 0)
    backward = (0..<min(geometry.stride, geometry.kernel)).map { residue in
      let taps = (geometry.kernel - residue + geometry.stride - 1) / geometry.stride
      return Residue(taps: taps, pairs: Table(count: (taps + 1) / 2 * width, zero: 0))
    }
    super.init(owner)
  }

  override func invalidate() {
    super.invalidate()
    isBackwardValid = false
  }

  @inline(__always)
  func refreshForward(_ kernels: UnsafePointer<TKKernels>) {
    guard !isValid else { return }
    owner.join()
    kernels.pointee.pairTaps(owner.weights, geometry.inputChannels, geometry.kernel, 0, 1, forward.pointer)
    isValid = true
  }

  @inline(__always)
  func refreshBackward(_ kernels: UnsafePointer<TKKernels>) {
    guard !isBackwardValid else { return }
    owner.join()
    for (index, residue) in backward.enumerated() {
      kernels.pointee.pairTaps(
        owner.weights, geometry.inputChannels, residue.taps, index + geometry.stride * (residue.taps - 1),
        -geometry.stride,
        residue.pairs.pointer)
    }
    isBackwardValid = true
  }
}

extension PackedWeights {
  func forward(rows: Int, columns: Int) -> ForwardWeights {
    existing(ForwardWeights.self) ?? add(ForwardWeights(self, rows: rows, columns: columns))
  }

  func backward(_ geometry: ConvolutionGeometry) -> BackwardWeights {
    existing(BackwardWeights.self) ?? add(BackwardWeights(self, geometry))
  }

  func depthwise(_ geometry: ConvolutionGeometry) -> DepthwiseWeights {
    existing(DepthwiseWeights.self) ?? add(DepthwiseWeights(self, geometry))
  }
}
