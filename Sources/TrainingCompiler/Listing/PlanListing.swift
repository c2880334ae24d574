extension TrainingPlan {
  /// When each buffer is alive, as text: a line a buffer, in the order in which they begin.
  public var lifetimeListing: String {
    let rows = buffers.sorted { ($0.firstOperation, $0.name) < ($1.firstOperation, $1.name) }.map { buffer in
      [
        buffer.name, buffer.role.rawValue, "\(buffer.byteCount) bytes",
        buffer.isPersistent ? "for ever" : operations(buffer),
      ]
    }
    return Listing.table([["buffer", "purpose", "size", "alive"]] + rows)
  }

  /// Where each buffer stands, as text: a line a buffer, in the order of their offsets.
  public var placementListing: String {
    let rows = buffers.sorted { ($0.offset, $0.firstOperation, $0.name) < ($1.offset, $1.firstOperation, $1.name) }
      .map { buffer in
        [
          "\(buffer.offset)..<\(buffer.offset + buffer.byteCount)", buffer.name, buffer.role.rawValue,
          buffer.isPersistent ? "for ever" : operations(buffer),
        ]
      }
    let above = Double(arenaBytes - lowerBoundBytes) / Double(max(1, lowerBoundBytes)) * 100
    return Listing.table([["bytes", "buffer", "purpose", "alive"]] + rows)
      + "\npeak \(arenaBytes) bytes; no placement needs less than \(lowerBoundBytes), "
      + "\((above * 10).rounded() / 10) % less\n"
  }

  private func operations(_ buffer: PlacedBuffer) -> String {
    let first = operationNames[buffer.firstOperation]
    guard buffer.firstOperation < buffer.lastOperation else { return "\(buffer.firstOperation) (\(first))" }
    return "\(buffer.firstOperation)...\(buffer.lastOperation) (\(first) ... \(operationNames[buffer.lastOperation]))"
  }
}
