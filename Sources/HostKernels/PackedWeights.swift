import CTrainingKernels
import Tensors

/// A tensor of weights in the orders in which dot products read them, made when they are needed first and again after
/// the weights changed.
final class PackedWeights {
  let weights: UnsafePointer<Int8>
  /// Weights among the constants never change.
  let isConstant: Bool
  @exclusivity(unchecked) private var forms: [WeightForm] = []

  init(weights: UnsafePointer<Int8>, isConstant: Bool) {
    self.weights = weights
    self.isConstant = isConstant
  }

  func add<Form: WeightForm>(_ form: Form) -> Form {
    forms.append(form)
    return form
  }

  func existing<Form: WeightForm>(_ type: Form.Type, where matches: (Form) -> Bool) -> Form? {
    for form in forms {
      if let form = form as? Form, matches(form) { return form }
    }
    return nil
  }

  func invalidate() {
    for form in forms { form.invalidate() }
  }

  func invalidateUnlessConstant() {
    if !isConstant { invalidate() }
  }
}

/// One order of a tensor's weights.
class WeightForm {
  @exclusivity(unchecked) final var isValid = false

  func invalidate() { isValid = false }
}

/// For the sums of a convolution: rows of patches.
final class ForwardWeights: WeightForm {
  private let weights: UnsafePointer<Int8>
  private let rows: Int
  private let columns: Int
  let packed: UnsafeMutablePointer<Int8>
  /// The sum of each row's weights.
  let sums: Table<Int32>
  var groups: Int { (columns + 3) / 4 }

  init(weights: UnsafePointer<Int8>, rows: Int, columns: Int) {
    self.weights = weights
    self.rows = rows
    self.columns = columns
    let bytes = lanes(rows) * ((columns + 3) / 4) * 4
    packed = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).assumingMemoryBound(to: Int8.self)
    sums = Table(count: rows, zero: 0)
  }

  deinit { packed.deallocate() }

  @inline(__always)
  func refresh(_ kernels: UnsafePointer<TKKernels>) {
    guard !isValid else { return }
    kernels.pointee.packRows(weights, rows, columns, packed, sums.pointer)
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

  private let weights: UnsafePointer<Int8>
  private let geometry: ConvolutionGeometry
  let residues: [Residue]

  init(weights: UnsafePointer<Int8>, geometry: ConvolutionGeometry) {
    self.weights = weights
    self.geometry = geometry
    residues = (0..<geometry.stride).map { residue in
      let taps = residue < geometry.kernel ? (geometry.kernel - residue + geometry.stride - 1) / geometry.stride : 0
      let groups = (taps * geometry.outputChannels + 3) / 4
      return Residue(
        taps: taps, groups: groups,
        packed: UnsafeMutableRawPointer.allocate(
          byteCount: max(1, groups * 4 * lanes(geometry.inputChannels)), alignment: 64
        ).assumingMemoryBound(to: Int8.self),
        sums: Table(count: geometry.inputChannels, zero: 0), start: Table(count: geometry.inputChannels, zero: 0))
    }
  }

  deinit {
    for residue in residues { residue.packed.deallocate() }
  }

  @inline(__always)
  func refresh(_ kernels: UnsafePointer<TKKernels>) {
    guard !isValid else { return }
    let width = lanes(geometry.inputChannels)
    for (index, residue) in residues.enumerated() where residue.taps > 0 {
      kernels.pointee.packTaps(
        weights, geometry.outputChannels, geometry.kernel, geometry.inputChannels,
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

  private let weights: UnsafePointer<Int8>
  private let geometry: ConvolutionGeometry
  let forward: Table<Int32>
  let backward: [Residue]
  @exclusivity(unchecked) private var isBackwardValid = false

  init(weights: UnsafePointer<Int8>, geometry: ConvolutionGeometry) {
    self.weights = weights
    self.geometry = geometry
    let width = lanes(geometry.inputChannels)
    forward = Table(count: (geometry.kernel + 1) / 2 * width, zero: 0)
    backward = (0..<geometry.stride).map { residue in
      let taps = residue < geometry.kernel ? (geometry.kernel - residue + geometry.stride - 1) / geometry.stride : 0
      return Residue(taps: taps, pairs: Table(count: (taps + 1) / 2 * width, zero: 0))
    }
  }

  override func invalidate() {
    super.invalidate()
    isBackwardValid = false
  }

  @inline(__always)
  func refreshForward(_ kernels: UnsafePointer<TKKernels>) {
    guard !isValid else { return }
    kernels.pointee.pairTaps(weights, geometry.inputChannels, geometry.kernel, 0, 1, forward.pointer)
    isValid = true
  }

  @inline(__always)
  func refreshBackward(_ kernels: UnsafePointer<TKKernels>) {
    guard !isBackwardValid else { return }
    for (index, residue) in backward.enumerated() where residue.taps > 0 {
      kernels.pointee.pairTaps(
        weights, geometry.inputChannels, residue.taps, index + geometry.stride * (residue.taps - 1), -geometry.stride,
        residue.pairs.pointer)
    }
    isBackwardValid = true
  }
}
