/// An amount of memory.
public struct MemorySize: Sendable, Hashable {
  public var bytes: Int

  public init(bytes: Int) { self.bytes = bytes }

  public static func bytes(_ count: Int) -> MemorySize { MemorySize(bytes: count) }

  /// - Parameter count: Units of 1024 bytes. An amount that no `Int` holds becomes the largest one.
  public static func kibibytes(_ count: Int) -> MemorySize {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
    return MemorySize(bytes: overflow ? (count < 0 ? .min : .max) : bytes)
  }
}

extension MemorySize: MemberChoice {
  private static let largestBytes = 1_073_741_824.0

  static let cases: [MemberCase<MemorySize>] = [
    MemberCase(
      "kibibytes",
      .make(
        "count", Int.self, labelled: false, unit: "KiB", limits: .within(1...(largestBytes / 1024)),
        "Units of 1024 bytes."),
      "Units of 1024 bytes.", make: MemorySize.kibibytes,
      take: { $0.bytes.isMultiple(of: 1024) ? $0.bytes / 1024 : nil }),
    MemberCase(
      "bytes",
      .make("count", Int.self, labelled: false, unit: "bytes", limits: .within(1...largestBytes), "Bytes."),
      "Bytes.", make: { .bytes($0) }, take: { $0.bytes }),
  ]
}
