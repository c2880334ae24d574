extension Placement {
  /// What is wrong with a placement; the numbers are the indices of requests.
  public enum Fault: Error, Sendable, Hashable {
    /// Two buffers alive at once share a byte, and nothing permits it.
    case overlap(Int, Int)
    /// Two buffers share a byte as they may, but the operation would overwrite bytes of its input before it reads
    /// them: the input starts less than `lead` above the output.
    case overtaken(input: Int, output: Int, lead: Int)
    case misaligned(Int)
    /// A buffer starts below zero or ends above the peak.
    case abovePeak(Int)
  }

  /// Proves that no two buffers alive at once share a byte, except as `overlaps` permit, that all are aligned and that
  /// none ends above the peak.
  ///
  /// Nothing is presumed of the overlaps: one whose input does not end where its output begins permits nothing.
  public func verify(_ requests: [Request], overlaps: [Overlap] = []) throws(Fault) {
    precondition(offsets.count == requests.count, "a placement has an offset for each request")
    for i in requests.indices {
      guard offsets[i] % requests[i].alignment == 0 else { throw .misaligned(i) }
      guard offsets[i] >= 0, offsets[i] + requests[i].byteCount <= peakBytes else { throw .abovePeak(i) }
      for j in 0..<i where requests[i].overlapsInTime(requests[j]) && shareBytes(i, j, requests) {
        try permit(j, i, requests, overlaps)
      }
    }
  }

  private func shareBytes(_ i: Int, _ j: Int, _ requests: [Request]) -> Bool {
    offsets[i] < offsets[j] + requests[j].byteCount && offsets[j] < offsets[i] + requests[i].byteCount
  }

  private func permit(_ i: Int, _ j: Int, _ requests: [Request], _ overlaps: [Overlap]) throws(Fault) {
    var isPermitted = false
    for overlap in overlaps {
      let isThisPair =
        (overlap.input == i && overlap.output == j) || (overlap.input == j && overlap.output == i)
      guard isThisPair, overlap.operation(in: requests) != nil else { continue }
      guard offsets[overlap.input] >= offsets[overlap.output] + overlap.lead else {
        throw .overtaken(input: overlap.input, output: overlap.output, lead: overlap.lead)
      }
      isPermitted = true
    }
    guard isPermitted else { throw .overlap(i, j) }
  }
}
