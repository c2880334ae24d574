import CTrainingKernels

/// A set of SIMD kernels, or none.
public enum KernelVariant: String, Sendable, Hashable, CaseIterable {
  /// x86-64 with AVX-512 (F, BW, VL, DQ, CD) and VNNI.
  case avx512vnni
  /// x86-64 with AVX2.
  case avx2
  /// AArch64 with the dot-product instructions.
  case neon
  /// The kernels in Swift alone.
  case off

  /// Whether this program and this processor have it.
  public var isAvailable: Bool {
    switch self {
    case .avx512vnni: tkHasAVX512VNNI()
    case .avx2: tkHasAVX2()
    case .neon: tkHasNEONDotProduct()
    case .off: true
    }
  }

  /// Those that can run here, the fastest first.
  public static var available: [KernelVariant] { allCases.filter(\.isAvailable) }

  /// The fastest that can run here.
  public static var best: KernelVariant { available[0] }

  /// The environment's variable that forces a variant.
  public static let environmentVariable = "MARTLET_SIMD"

  /// The variant that a value of `MARTLET_SIMD` names; the fastest if there is none.
  ///
  /// All variants give the same bits, so this is for measuring and for doubt.
  public init(forcedBy value: String?) throws(KernelVariantError) {
    guard let value else {
      self = .best
      return
    }
    guard let variant = KernelVariant(rawValue: value) else { throw .unknown(value) }
    guard variant.isAvailable else { throw .unavailable(variant) }
    self = variant
  }

  /// What the environment asks for.
  public static func forcedByEnvironment() throws(KernelVariantError) -> KernelVariant {
    try KernelVariant(forcedBy: tkForcedVariant().map { String(cString: $0) })
  }

  /// What the environment asks for, read once; the fastest if it asks for nothing.
  ///
  /// A program that lets users set the variable asks `forcedByEnvironment()` first: here it must be right.
  public static let standard: KernelVariant = {
    do {
      return try forcedByEnvironment()
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  var kernels: UnsafePointer<TKKernels>? {
    guard isAvailable else { return nil }
    return switch self {
    case .avx512vnni: tkAVX512VNNI()
    case .avx2: tkAVX2()
    case .neon: tkNEON()
    case .off: nil
    }
  }
}

/// Why a forced variant cannot be used.
public enum KernelVariantError: Error, Sendable, Hashable, CustomStringConvertible {
  case unknown(String)
  case unavailable(KernelVariant)

  public var description: String {
    let names = KernelVariant.available.map(\.rawValue).joined(separator: ", ")
    return switch self {
    case .unknown(let value):
      "\(KernelVariant.environmentVariable) is '\(value)', which names no set of kernels; here it can be \(names), or it can be left unset."
    case .unavailable(let variant):
      "\(KernelVariant.environmentVariable) asks for \(variant.rawValue), which this processor does not have; here it can be \(names), or it can be left unset."
    }
  }
}
